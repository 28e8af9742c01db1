"""What people do in JupyterLab on the hub: log in, fetch, work, hand in, run code and commands, read."""

import json
import re

from tests.hub.server import ADDRESS, NAME, PASSWORD

SECONDS = 60_000  # ms; a page on a busy machine

# A kernel and a shell, reached as JupyterLab itself reaches them, with the cookies of whoever is logged in.
START = """async ([base, kind]) => {
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)[1];
    const answer = await fetch(`${base}api/${kind}`, {method: "POST", headers: {"X-XSRFToken": token}, body: "{}"});
    const made = await answer.json();
    return made.id ?? made.name;
}"""
STOP = """async ([base, kernel]) => {
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)[1];
    await fetch(`${base}api/kernels/${kernel}`, {method: "DELETE", headers: {"X-XSRFToken": token}});
}"""
KERNEL = """([base, id, code]) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace("http", "ws")}api/kernels/${id}/channels`);
    const part = {username: "", session: "test", date: new Date().toISOString(), version: "5.3"};
    const content = {code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false};
    let text = "";
    socket.onerror = () => reject(new Error("no connection to the kernel"));
    socket.onopen = () => socket.send(JSON.stringify({
        header: {...part, msg_id: "1", msg_type: "execute_request"}, parent_header: {}, metadata: {}, content,
        channel: "shell", buffers: [],
    }));
    socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.parent_header.msg_id !== "1") return;
        if (message.msg_type === "stream") text += message.content.text;
        if (message.msg_type === "error") text += message.content.traceback.join("\\n");
        if (message.msg_type === "status" && message.content.execution_state === "idle") {
            socket.close();
            resolve(text);
        }
    };
})"""
SHELL = """([base, name, command]) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace("http", "ws")}terminals/websocket/${name}`);
    let text = "";
    socket.onerror = () => reject(new Error("no connection to the terminal"));
    socket.onopen = () => socket.send(JSON.stringify(["stdin", `${command}; echo "end"":$?"\\r`]));
    socket.onmessage = (event) => {
        const [kind, data] = JSON.parse(event.data);
        if (kind === "stdout") text += data;
        const end = text.match(/end:(\\d+)/);
        if (end) {
            socket.close();
            resolve([Number(end[1]), text]);
        }
    };
})"""


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser, name: str) -> None:
        self.name, self.base = name, f"{ADDRESS}/user/{name}/"
        self.page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        self.page.set_default_timeout(SECONDS)

    def log_in(self) -> None:
        """Send name and password, and do not wait for the server that starts then."""
        self.page.goto(f"{ADDRESS}/hub/login")
        self.page.fill("#username_input", self.name)
        self.page.fill("#password_input", PASSWORD)
        self.page.click("#login_submit", no_wait_after=True)

    def arrive(self) -> None:
        """Wait for JupyterLab."""
        self.page.wait_for_url("**/lab**", timeout=2 * SECONDS)
        self.page.get_by_role("menuitem", name="Nbgrader").first.wait_for()

    def visit(self, address: str) -> int:
        """The status with which the hub, or somebody's server, answers their browser."""
        tab = self.page.context.new_page()
        status = tab.goto(ADDRESS + address).status
        tab.close()
        return status

    # Code and commands

    def ask(self, code: str, stay: bool = False) -> object:
        """The value that code assigns to `answer`, in a kernel of its own, which may `stay` and go on."""
        kernel = self.page.evaluate(START, [self.base, "kernels"])
        text = self.page.evaluate(
            KERNEL, [self.base, kernel, f"{code}\nimport json\nprint('answer:' + json.dumps(answer))"]
        )
        if not stay:
            self.page.evaluate(STOP, [self.base, kernel])
        assert "answer:" in text, f"the kernel of {self.name} said: {text}"
        return json.loads(text.split("answer:")[-1])

    def shell(self, command: str) -> str:
        """What a terminal of theirs shows; the command has to succeed."""
        terminal = self.page.evaluate(START, [self.base, "terminals"])
        code, text = self.page.evaluate(SHELL, [self.base, terminal, command])
        text = re.sub(r"\x1b(\[[?0-9;]*[A-Za-z]|\][^\x07]*\x07|\(B)", "", text)  # colours and titles
        assert code == 0, f"{self.name}: {command}\n{text[-4000:]}"
        return text

    # nbgrader's Assignment List

    def choose(self, menu: str, entry: str) -> None:
        self.page.get_by_role("menuitem", name=menu).first.click()
        label = self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}$"))
        label.locator("visible=true").click()

    def row(self, kind: str):
        """The assignment's row among those released, fetched or submitted."""
        return self.page.locator(f"#{kind}_assignments_list > .list_item", has_text=NAME)

    def show(self, tab: str) -> None:
        self.page.locator(".lm-TabBar-tabLabel", has_text=tab).first.click()

    def fetch(self) -> None:
        self.choose("Nbgrader", "Assignment List")
        self.row("released").get_by_role("button", name="Fetch").click()
        self.row("fetched").wait_for()

    def hand_in(self) -> None:
        self.show("Assignments")
        self.row("fetched").get_by_role("button", name="Submit").click()
        self.row("submitted").wait_for()

    def fetch_feedback(self) -> str:
        """Fetch it and open the page; what can be read there."""
        self.show("Assignments")
        self.page.locator("#refresh_assignments_list").click()
        self.row("submitted").get_by_text("feedback available to fetch").wait_for()
        self.row("submitted").get_by_role("button", name="Fetch Feedback").click()
        self.row("submitted").get_by_text("view feedback").wait_for()
        (path,) = self.ask(f"import glob; answer = glob.glob('{NAME}/feedback/*/*.html', root_dir='/home/{self.name}')")
        tab = self.page.context.new_page()
        tab.goto(f"{self.base}files/{path}")
        text = tab.locator("body").inner_text()
        tab.close()
        return text

    # A notebook

    def open_notebook(self) -> None:
        self.row("fetched").locator("a.assignment-notebooks-link").click()
        self.row("fetched").locator(".nested_list_item a").click()
        self.page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    def answer(self, function: str, source: str) -> None:
        self.page.locator(".jp-CodeCell", has_text=f"def {function}(").locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def run_all(self) -> list[str]:
        """Run every cell; what the checks say."""
        self.choose("Run", "Run All Cells")
        checks = self.page.locator(".jp-CodeCell", has_text='check("')
        checks.last.locator(".jp-OutputArea-output").first.wait_for()
        return [cell.locator(".jp-OutputArea-output").first.inner_text() for cell in checks.all()]

    def validate(self) -> str:
        """Press Validate, which saves first; what it says."""
        self.page.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate").click()
        dialog = self.page.locator(".jp-Dialog-content", has_text="Validation Results")
        said = dialog.inner_text()
        dialog.locator("button").last.click()
        return said

    # The instructor's formgrader, in a tab of its own

    def open_formgrader(self, page: str):
        tab = self.page.context.new_page()
        tab.set_default_timeout(SECONDS)
        tab.goto(f"{self.base}formgrader/{page}")
        return tab

    def collect(self) -> str:
        """Press formgrader's Collect; what it says."""
        tab = self.open_formgrader("manage_assignments")
        tab.locator("tr", has_text=NAME).locator("td.collect a").click()
        tab.locator(".modal-dialog", has_text="Log Output").wait_for()
        said = tab.locator(".modal-dialog", has_text="Log Output").inner_text()
        tab.close()
        return said

    def scores(self) -> dict[str, str]:
        """What formgrader's table of submissions says of everybody."""
        tab = self.open_formgrader(f"manage_submissions/{NAME}")
        tab.locator("tbody tr", has_text="graded").first.wait_for()
        cells = [row.locator("td").all_inner_texts() for row in tab.locator("tbody tr").all()]
        tab.close()
        return {row[1]: row[4] for row in cells}

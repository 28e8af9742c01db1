"""The import contract: the import graph is the order of teaching.

A contract type for import-linter, told in pyproject.toml where the syllabus is. A module of a lecture imports only what
stands before it in the `modules` lists of syllabus.toml. Below all lectures lie the base (figures, explorers, the
instant check), whose groups import only themselves, and the worlds, which import only the base. A module that has no
place in the syllabus breaks the contract: there would be no telling when it has been taught.
"""

from __future__ import annotations

from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from autograder.course import Syllabus


class TeachingOrder(Contract):
    """The contract; its options name the package, the file of the syllabus, the package of worlds and the base.

    Each item of `base` is a group: names of modules with a space between, which may import each other.
    """

    type_name = "teaching_order"

    package = fields.StringField()
    syllabus = fields.StringField()
    worlds = fields.StringField()
    base = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        order = list(Syllabus.load(Path(self.syllabus)).modules)
        groups = [[f"{self.package}.{name}" for name in group.split()] for group in self.base]
        places = Places(str(self.package), order, groups, f"{self.package}.{self.worlds}")
        violations = list(find_violations(graph, places))
        return ContractCheck(kept=not violations, metadata={"violations": violations})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for violation in check.metadata["violations"]:
            output.print_error(f"- {violation}", bold=False)
        output.new_line()


class Places:
    """Where each module of the package stands, and what it may therefore import."""

    def __init__(self, package: str, order: list[str], groups: list[list[str]], worlds: str) -> None:
        self.package, self.order, self.groups, self.worlds = package, order, groups, worlds
        self.parts = {module.rpartition(".")[0] for module in order} | {package}

    def taught(self, module: str) -> int | None:
        """Place of `module` in the order of teaching."""
        return next((place for place, name in enumerate(self.order) if _within(module, name)), None)

    def group(self, module: str) -> int | None:
        """Number of the group of the base that `module` belongs to."""
        for number, names in enumerate(self.groups):
            if any(_within(module, name) for name in names):
                return number
        return None

    def reason_against(self, importer: str, imported: str) -> str | None:
        """Why `importer` may not import `imported`, or None when it may."""
        if imported == self.package or importer == imported:
            return None
        below = self.group(imported) is not None
        if importer in self.parts:
            return None if below and importer == self.package else "a package's __init__ runs before anything is taught"
        if imported in self.parts:
            return None
        if self.group(importer) is not None:
            same = self.group(importer) == self.group(imported)
            return None if same else "the base imports nothing of the course but its own group"
        if below or _within(imported, self.worlds):
            return None
        if _within(importer, self.worlds):
            return "the worlds import no module of a lecture"
        first, second = self.taught(imported), self.taught(importer)
        if first is None or second is None or first <= second:
            return None  # a module without a place is reported by itself
        return "it is taught later"


def find_violations(graph: ImportGraph, places: Places):
    """Yield one line for each module without a place and each import against the order of teaching."""
    modules = sorted(module for module in graph.modules if _within(module, places.package))
    for module in modules:
        known = module in places.parts or _within(module, places.worlds)
        if not known and places.group(module) is None and places.taught(module) is None:
            yield f"{module} has no place: add it to the `modules` of a lecture in the syllabus"
    for importer in modules:
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if not _within(imported, places.package):
                continue
            if reason := places.reason_against(importer, imported):
                details = graph.get_import_details(importer=importer, imported=imported)
                lines = ", ".join(str(detail["line_number"]) for detail in details)
                yield f"{importer} (line {lines}) imports {imported}: {reason}"


def _within(module: str, name: str) -> bool:
    return module == name or module.startswith(name + ".")

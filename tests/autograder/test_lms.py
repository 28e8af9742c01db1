"""Marks for Canvas and Moodle: to the right person or to nobody, and not a byte of theirs is touched."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import cli, lms
from autograder.course import Assignment, CourseError
from autograder.gradebook import open_gradebook
from autograder.listing import Listing, split
from autograder.lms import Filling, told
from autograder.marks import Mark, Standing
from autograder.matching import Person, match

ABOUT = Assignment("a01", "toy", "A toy assignment", 0, (), "written")

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Essay (17),A toy assignment (4711),Current Score\r\n"
    ",,,,,Manual Posting,Manual Posting,\r\n"
    "    Points Possible,,,,,10,6,(read only)\r\n"
    '"Hopper, Grace ""Amazing""",101,S-1,hopper,MM 101,9.5,,95\r\n'
    '"O\'Neil, Ann",102,S-2,Ann.ONeil@uni.example,MM 101,,1,\r\n'
    '="=Turing",103,S-3,turing,"MM 101, MM 102",,EX,\r\n'
    "小平 邦彦,104,S-4,kodaira,MM 101,,3.25,\r\n"
    '"Student, Test",199,,3f0c9,MM 101,,,\r\n'
)
MOODLE = (
    "\ufeffFirst name;Last name;ID number;Email address;Assignment: A toy assignment (Real);"
    "Assignment: A toy assignment (Feedback);Assignment: A toy assignment (Percentage);Last downloaded\n"
    "Grace;Hopper;7001;G.Hopper@uni.example;-;;-;1700000000\n"
    "Ann;O'Neil;7002;ann@uni.example;12,50;;62,5 %;1700000000\n"
    "Jürgen;Groß;7003;juergen@uni.example;-;;-;1700000000"
)


def standing(student, score=4.0, *, first=None, last=None, email=None, late=0.0, waits=False, **more):
    mark = Mark(student, "check", None if waits else score, None, 0.0, 6.0, needs_manual=waits)
    return Standing(student, first, last, email, late, (mark,), **more)


def filled(text, system, standings, column=""):
    listing = Listing.read(text if isinstance(text, bytes) else text.encode())
    done = lms.Filled(None, *Filling(listing, system, ABOUT).fill(standings, column))
    return listing.content().decode("utf-8"), done


# Their file, byte for byte


@given(st.text(), st.sampled_from(",;\t"))
def test_a_text_is_its_fields_joined_and_they_say_what_csv_reads(text, delimiter):
    rows = split(text, delimiter)
    assert "".join(delimiter.join(row.fields) + row.end for row in rows) == text
    listing = Listing(rows, delimiter, "utf-8")
    ours = [[listing.value(row, i) for i in range(len(row.fields))] for row in rows]
    theirs = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert [row if row != [""] or not given.blank else [] for row, given in zip(ours, rows)] == theirs


CELLS = st.text(max_size=12) | st.sampled_from(
    ["a,b", 'say "x"', "two\nlines", "\r\n", "=1+1", "+1", "O'Neil", "小平", " x "]
)


@st.composite
def lists(draw):
    """A list with any names, in any of the dialects, and who of it is ours."""
    names = draw(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
    delimiter, quoting = draw(st.sampled_from(",;\t")), draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    if any("\r" in name for pair in names for name in pair):
        quoting = csv.QUOTE_ALL  # Python's writer leaves a lone carriage return unquoted
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=delimiter, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writerow(["First name", "Last name", "ID number", "Email address", "Group"])
    for number, (first, last) in enumerate(names):
        writer.writerow([first, last, f"s{number}", f"s{number}@uni.example", last])
    content = text.getvalue().encode("utf-8", "replace")
    scores = draw(
        st.lists(st.none() | st.floats(0, 100).map(lambda x: round(x, 5)), min_size=len(names), max_size=len(names))
    )
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + content, delimiter, scores


@given(lists())
def test_any_list_comes_back_with_one_more_column_and_nothing_else(made):
    content, delimiter, scores = made
    class_ = [standing(f"S{i}", score) for i, score in enumerate(scores) if score is not None]
    listing = Listing.read(content)
    lms.Filled(None, *Filling(listing, "moodle", ABOUT).fill(class_))
    once = listing.content()
    before, after = (
        list(csv.reader(io.StringIO(each.decode("utf-8"), newline=""), delimiter=delimiter)) for each in (content, once)
    )
    assert [row[:5] for row in after] == before
    marks = [row[5] for row in after[1:]]
    assert [None if mark == "-" else float(mark) for mark in marks] == scores
    # The very bytes: taking what we added off the end of each record leaves the file
    again = Listing.read(once)
    for row in again.rows:
        row.fields = row.fields[:5]
    assert again.content() == content
    twice = Listing.read(once)
    Filling(twice, "moodle", ABOUT).fill(class_)
    assert twice.content() == once


# Canvas and Moodle by hand


def test_canvas_by_hand():
    class_ = [
        standing("HOPPER", 4.5, late=1.0),
        standing("ann.oneil", 6.0),
        standing("turing", 5.0),
        standing("k", 2.0, email="kodaira@elsewhere.example"),
        standing("ghost", 1.0),
    ]
    text, done = filled(CANVAS, "canvas", class_)
    expected = CANVAS.replace("9.5,,95", "9.5,3.5,95").replace("MM 101,,1,", "MM 101,,6,").replace("3.25", "2")
    assert text == expected
    assert (done.column, done.written) == ("A toy assignment (4711)", 3)
    assert done.ours == ["ghost is not in the list"] and done.theirs == []
    assert done.notes == ["EX stands in their list, and stays: turing"]


def test_a_new_column_of_canvas_says_what_it_is_worth():
    text, done = filled(CANVAS.replace(" (4711)", "!"), "canvas", [standing("hopper", 2.5)])
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[-1] for row in rows] == ["A toy assignment", "", "6", "2.5", "", "", "", ""]
    assert [line.split(", ")[0] for line in done.theirs] == ["line 5", "line 6", "line 7"]  # and no test student


def test_an_assignment_that_is_worth_something_else_there_is_named():
    _, done = filled(CANVAS.replace(",10,6,", ",10,20.0,"), "canvas", [standing("hopper")])
    assert done.notes == [
        "'A toy assignment (4711)' is worth 20 points there and 6 here: the points are written as they are"
    ]


def test_moodle_by_hand():
    class_ = [
        standing("hopper", 4.5, email="g.hopper@UNI.example", comments=(("essay", "see me; soon"),)),
        standing("7002", 6.0),
        standing("juergen", waits=True),
    ]
    text, done = filled(MOODLE, "moodle", class_)
    expected = MOODLE.replace(".example;-;;-;", '.example;4,5;"essay: see me; soon";-;', 1).replace("12,50", "6")
    assert text == expected  # and the mark, the semicolons, the missing last line end
    assert done.notes == [
        "a person has yet to judge a part, so no mark is written, and what their list has stays: juergen"
    ]
    assert not done.ours and not done.theirs


def test_a_new_column_of_moodle_has_its_sign_for_no_grade():
    plain = "First name\tSurname\tEmail address\nGrace\tHopper\tg@uni.example\nAnn\tB\ta@uni.example\n"
    text, done = filled(plain, "moodle", [standing("g", 0.0), standing("a", submitted=False)])
    assert [line.split("\t")[3] for line in text.splitlines()] == ["A toy assignment", "0", "-"]
    assert done.notes == [
        "'A toy assignment' is a new column, and while importing, map it to a new grade item; "
        "to fill one that is there instead, say --column with its title",
        "handed in nothing, so no mark is written, and what their list has stays: a",
    ]


def test_moodle_is_told_by_which_column_everybody_is_found():
    """A row whose chosen cell is empty would go to the row before it."""
    some = "ID number,Username,Email address,A toy assignment\n7,g,g@uni.example,\n,a,a@uni.example,\n"
    _, done = filled(some, "moodle", [standing("g"), standing("a")])
    assert done.notes == ["not everybody has their own 'ID number': while importing, identify people by 'Username'"]


WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    '"Participant 11","Grace Hopper",g@uni.example,Submitted,,6.00,Yes,"Friday, 1 March 2024, 10:00 AM",-,\r\n'
    '"Participant 12","Ann O\'Neil",a@uni.example,Submitted,2.00,6.00,No,-,-,kept\r\n'
    '"Participant 13","小平 邦彦",k@uni.example,Submitted,,6.00,Yes,-,-,\r\n'
    '"Participant 14",Turing,t@uni.example,Submitted,1.00,6.00,Yes,-,-,\r\n'
)


def test_a_grading_worksheet_of_moodle_by_hand():
    class_ = [
        standing("g", 4.5, comments=(("essay", "a < b\nsee me"),)),
        standing("a", 6.0),
        standing("k", 6.5),
        standing("t", waits=True),
    ]
    text, done = filled(WORKSHEET, "moodle", class_)
    comment = "essay: a &lt; b<br>see me"  # Moodle reads it as HTML
    assert text == WORKSHEET.replace(",,6.00", ",4.5,6.00", 1).replace('10:00 AM",-,', f'10:00 AM",-,{comment}')
    assert (done.column, done.written) == ("Grade", 1) and not done.ours and not done.theirs
    assert done.notes == [
        "the worksheet says that this grade cannot be changed, so no mark is written: a",
        "more than the worksheet's maximum, which Moodle would pass over, so no mark is written: k",
        "a person has yet to judge a part, so no mark is written, and what their list has stays: t",
    ]


def test_a_worksheet_takes_no_new_column():
    plain = WORKSHEET.replace(',"Feedback comments"', "")
    _, done = filled(plain, "moodle", [standing("g", comments=(("essay", "see me"),))])
    assert "the worksheet has no column 'Feedback comments', so these comments are not in it: g" in done.notes
    with pytest.raises(CourseError, match="no column 'A toy assignment', and Moodle would ignore a new one"):
        filled(plain, "moodle", [standing("g")], "A toy assignment")


def test_a_worksheet_of_another_worth_is_named():
    _, done = filled(WORKSHEET.replace("6.00", "100,00"), "moodle", [standing("g")])
    assert done.notes[0].startswith("'Grade' is worth 100 points there and 6 here")


def test_a_worksheet_that_names_nobody_is_refused():
    anonymous = "Identifier,Status,Grade,Last modified (grade)\nParticipant 11,Submitted,,-\n"
    with pytest.raises(CourseError, match="as long as submissions are anonymous, its worksheet tells nobody's"):
        filled(anonymous, "moodle", [])


def test_a_column_that_canvas_computes_is_not_filled():
    with pytest.raises(CourseError, match="'Current Score' is read only"):
        filled(CANVAS, "canvas", [standing("hopper")], "Current Score")


def test_emails_are_known_by_their_looks_in_any_language():
    german = "Vorname,Nachname,E-Mail-Adresse,A toy assignment (Punkte)\nGrace,Hopper,g@uni.example,\n"
    text, done = filled(german, "moodle", [standing("grace", 3.0, email="G@uni.example")])
    assert text.endswith("g@uni.example,3\n") and not done.ours


def test_points_are_never_written_among_percentages():
    percent = "Email address,A toy assignment (Percentage)\ng@uni.example,50 %\n"
    text, _ = filled(percent, "moodle", [standing("g", 3.0)])
    assert text == "Email address,A toy assignment (Percentage),A toy assignment\ng@uni.example,50 %,3\n"


def test_of_two_columns_a_person_chooses():
    two = "Email address,Quiz: A toy assignment (Real),Assignment: A toy assignment (Real)\ng@uni.example,,\n"
    with pytest.raises(CourseError, match="2 columns could be a01_toy: say --column, one of 'Quiz: A toy"):
        filled(two, "moodle", [standing("g")])
    text, _ = filled(two, "moodle", [standing("g")], "Assignment: A toy assignment (Real)")
    assert text.endswith("g@uni.example,,4\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_encoding_is_theirs(encoding):
    content = MOODLE.lstrip("\ufeff").encode(encoding)
    listing = Listing.read(content)
    Filling(listing, "moodle", ABOUT).fill([standing("7003", 1.5)])
    after = listing.content()
    assert after.decode(encoding) == MOODLE.lstrip("\ufeff").replace("juergen@uni.example;-", "juergen@uni.example;1,5")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(["7,5", "8"], True), (["7.5", "8,25"], False), (["8", "9"], False), (["1,000", "2"], False), (["7,50000"], True)],
)
def test_a_comma_is_written_where_they_write_one(cells, expected):
    rows = "\n".join(f"a{i}@uni.example;{cell}" for i, cell in enumerate(cells))
    listing = Listing.read(f"Email address;Other\n{rows}\n".encode())
    assert Filling(listing, "moodle", ABOUT).comma == expected


def test_our_comment_is_no_formula():
    said = standing("g", comments=(("=1+1", "cmd"),))
    text, _ = filled("Email address,A toy assignment\ng@uni.example,\n", "moodle", [said])
    assert "'=1+1: cmd" in text


@pytest.mark.parametrize(
    ("content", "system", "says"),
    [
        (b"", "canvas", "empty"),
        (b"\n\n", "moodle", "empty"),
        (b"Name,Points\nx,1\n", "canvas", "expected the columns Student, ID"),
        (b"Name,Points\nx,1\n", "moodle", "expected a column ID number, Username or Email address"),
        (b"\xff\xfeo", "canvas", "says it is utf-16-le, and is not"),
    ],
)
def test_what_is_no_list_is_refused(content, system, says):
    with pytest.raises(CourseError, match=says):
        filled(content, system, [])


def test_what_latin_1_cannot_say_is_refused():
    content = "Email address,Größe,A toy assignment\ng@uni.example,1,\n".encode("latin-1")
    listing = Listing.read(content)
    with pytest.raises(CourseError, match="save the list of students as UTF-8"):
        Filling(listing, "moodle", ABOUT).fill([standing("g", comments=(("essay", "小平"),))])


# Who is who


def people(*rows):
    return [
        Person(i, name, dict(zip(("SIS Login ID", "SIS User ID", "ID"), keys))) for i, (name, *keys) in enumerate(rows)
    ]


def test_a_number_of_another_system_leads_nowhere():
    class_ = [standing("1001"), standing("1002"), standing("1003")]
    found = match(class_, people(("A", "", "1001", "1003"), ("B", "", "1002", "8"), ("C", "", "77", "9")))
    assert found.rows == {"1001": 0, "1002": 1}
    assert found.ours == {"1003": "is not in the list"} and list(found.theirs) == [2]


def test_what_is_not_one_to_one_is_nobody_s():
    twice = match([standing("a")], people(("A", "a"), ("A", "A ")))
    assert not twice.rows and "more than one row" in twice.ours["a"] and len(twice.theirs) == 2
    both = match([standing("a", email="x@u"), standing("x@u")], people(("A", "x@u")))
    assert not both.rows and len(both.ours) == 2 and len(both.theirs) == 1
    apart = match([standing("a", email="b@u")], people(("A", "a"), ("B", "b@u")))
    assert not apart.rows  # the id says one row, the email another


def test_two_of_one_name_are_told_apart_by_a_person_who_learns_where():
    namesakes = [standing("w1", first="Wei", last="Li"), standing("w2", first="Wei", last="Li")]
    rows = '"Li, Wei",104,,,MM\r\n"Li, Wei",105,,,MM\r\n'
    _, done = filled(f"Student,ID,SIS User ID,SIS Login ID,Section\r\n{rows}", "canvas", namesakes)
    assert done.written == 0
    assert done.ours == [f"{one} (Wei Li) could be in more than one row: line 2 or 3" for one in ("w1", "w2")]
    assert [line.partition(", could be")[0] for line in done.theirs] == ["line 2, Li, Wei", "line 3, Li, Wei"]


def test_before_the_at_only_where_it_is_unique():
    found = match(
        [standing("ann@x.example"), standing("bob@x.example")], people(("", "ann"), ("", "bob@y"), ("", "bob@z"))
    )
    assert found.rows == {"ann@x.example": 0}
    assert not match([standing("5")], people(("A", "", "", "6"))).rows


def test_a_name_alone_is_the_last_resort_and_said():
    class_ = [standing("gh", first="Grace", last="Hopper"), standing("w1", first="Wei", last="Li"), standing("x")]
    class_ += [standing("w2", first="Wei", last="Li")]
    found = match(class_, people(("hopper,  grace", "q1"), ("Wei Li", "q2"), ("x", "q3")))
    assert found.rows == {"gh": 0} and found.by_name == ["gh"]
    assert set(found.ours) == {"w1", "w2", "x"}


KEYS = st.sampled_from(["", "a", "A", "b", "a@x", "b@x", "A@Y", "c"])


@given(
    st.lists(st.tuples(KEYS, KEYS, st.sampled_from(["", "Ann B", "Cy D"])), max_size=6),
    st.dictionaries(
        KEYS.filter(bool), st.tuples(KEYS, st.sampled_from([("Ann", "B"), ("Cy", "D"), (None, None)])), max_size=6
    ),
    st.randoms(),
)
def test_matching_is_one_to_one_complete_and_blind_to_order(rows, students, random):
    theirs = people(*((name, login, number) for login, number, name in rows))
    ours = [standing(one, email=mail or None, first=f, last=last) for one, (mail, (f, last)) in students.items()]
    found = match(ours, theirs)
    assert len(set(found.rows.values())) == len(found.rows)
    assert found.rows.keys() | found.ours.keys() == students.keys() and not found.rows.keys() & found.ours.keys()
    assert set(found.rows.values()) | found.theirs.keys() == {one.row for one in theirs}
    assert not set(found.rows.values()) & found.theirs.keys()
    shuffled = random.sample(ours, len(ours)), random.sample(theirs, len(theirs))
    assert match(*shuffled).rows == found.rows


# The command


def test_the_command_writes_lists_and_says_who_was_left_over(released_toy, tmp_path, capsys):
    course = released_toy
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_student("hopper", first_name="Grace", last_name="Hopper")
        gradebook.update_or_create_student("=ghost\x1b[31m")
    students = tmp_path / "grades.csv"
    students.write_text(CANVAS, encoding="utf-8", newline="")
    common = ["--course", str(course.root), "export", "a01"]
    assert cli.cli([*common, "--format", "canvas", "--students", str(students)], standalone_mode=False) == cli.FAILED
    said = capsys.readouterr()
    assert "no mark: =ghost is not in the list" in said.err and "\x1b[31mi" not in said.err
    assert "no mark in their list: line 5, O'Neil, Ann, is none of our students" in said.err
    assert "0 marks in 'A toy assignment (4711)'" in said.out  # nobody has handed in
    assert (course.exports / "a01_toy_canvas.csv").read_bytes() == CANVAS.encode()


@pytest.mark.parametrize("arguments", [["--format", "moodle"], ["--students", __file__], ["--column", "x"]])
def test_list_and_format_go_together(toy, arguments):
    with pytest.raises(cli.click.UsageError, match="--students"):
        cli.cli(["--course", str(toy.root), "export", "a01", *arguments], standalone_mode=False)


def test_who_is_told_what():
    done = lms.Filled(None, "c", 1, ["a is not in the list"], ["line 2, B, is none of our students"], ["look"])
    assert [line.partition(":")[0] for line in told(done)] == ["no mark", "no mark in their list", "what to do", "note"]

"""Hidden tests of a02.number: formulas built on the student's objects, their derivatives against closed forms."""

import math

from autograder.testing import Handle, assert_close, describe, points


def variables(program, **values):
    return tuple(program.Number(float(value), name) for name, value in values.items())


def derivative(y, name):
    """The student's derivative, an object of theirs like any Number."""
    got = y.derivative(name)
    assert isinstance(got, Handle), f'derivative("{name}"): expected a Number, got {describe(got)}'
    return got


def slopes(y, *names):
    """The derivatives by these names, as plain numbers."""
    return [derivative(y, name).data for name in names]


def orders(y, times):
    """The derivatives of orders 1 to `times` by x, as plain numbers."""
    found = []
    for _ in range(times):
        y = derivative(y, "x")
        found.append(y.data)
    return found


@points(1)
def test_operators(student, rng):
    """Sums, differences, products and quotients hold the right value, with plain numbers on either side."""
    a, b = rng.uniform(1, 2, size=2).tolist()
    x, y = variables(student, x=a, y=b)
    assert_close((x * y + 2).data, a * b + 2, what="(x * y + 2).data")
    assert_close((2 * x - y).data, 2 * a - b, what="(2 * x - y).data")
    assert_close((3 - x / y).data, 3 - a / b, what="(3 - x / y).data")
    assert_close((1.5 + 2 / -x).data, 1.5 - 2 / a, what="(1.5 + 2 / -x).data")
    assert_close((x - 4 + y / 2).data, a - 4 + b / 2, what="(x - 4 + y / 2).data")


@points(1)
def test_functions(student, rng):
    """Powers, exp, log and tanh have the right values and slopes."""
    a = float(rng.uniform(0.5, 2))
    (x,) = variables(student, x=a)
    cases = {
        "x**3": (x**3, a**3, 3 * a**2),
        "x**-0.5": (x**-0.5, a**-0.5, -0.5 * a**-1.5),
        "x.exp()": (x.exp(), math.exp(a), math.exp(a)),
        "x.log()": (x.log(), math.log(a), 1 / a),
        "x.tanh()": (x.tanh(), math.tanh(a), 1 - math.tanh(a) ** 2),
    }
    for text, (y, value, slope) in cases.items():
        assert_close(y.data, value, what=f"{text}: data")
        assert_close(slopes(y, "x"), [slope], what=f"{text}: its derivative")


@points(1)
def test_slopes_of_operators(student, rng):
    """Each operator hands the right share to both sides."""
    a, b = rng.uniform(1, 2, size=2).tolist()
    x, y = variables(student, x=a, y=b)
    cases = {
        "x * y - 3 * x": (x * y - 3 * x, b - 3, a),
        "x / y": (x / y, 1 / b, -a / b**2),
        "2 / x - y": (2 / x - y, -2 / a**2, -1),
        "5 - x + y / 4": (5 - x + y / 4, -1, 0.25),
        "-(x + 1) * y": (-(x + 1) * y, -b, -(a + 1)),
    }
    for text, (z, *expected) in cases.items():
        assert_close(slopes(z, "x", "y"), expected, what=f"{text}: derivatives by x and y")


@points(1)
def test_reuse(student, rng):
    """What is used several times collects all its shares before it hands them on."""
    a = float(rng.uniform(1, 1.5))
    (x,) = variables(student, x=a)
    square = x * x
    y = square * square + square
    assert_close(slopes(y, "x"), [4 * a**3 + 2 * a], what="s * s + s, with s = x * x: derivative")
    early = x + 1
    late = (early * x).exp() * x
    y = late + early * late
    inner = math.exp(a * a + a)
    slope = ((a + 2) + a + (a + 2) * a * (2 * a + 1)) * inner  # of (a + 2) * a * exp(a**2 + a)
    assert_close(slopes(y, "x"), [slope], what="a result that is used early and late: derivative")


@points(2)
def test_higher_orders(student, rng):
    """Derivatives have derivatives: polynomials run out, exponentials do not, and mixed ones are symmetric."""
    a, b = rng.uniform(0.5, 1.5, size=2).tolist()
    x, y = variables(student, x=a, y=b)
    got = orders(x**3 * 2 - x / 4, 4)
    assert_close(got, [6 * a**2 - 0.25, 12 * a, 12.0, 0.0], what="2 * x**3 - x / 4: orders 1 to 4")
    e = math.exp(2 * a)
    assert_close(orders((2 * x).exp(), 3), [2 * e, 4 * e, 8 * e], what="exp(2 * x): orders 1 to 3")
    t = math.tanh(a)
    assert_close(orders(x.tanh(), 2), [1 - t**2, -2 * t * (1 - t**2)], what="tanh: orders 1 and 2")
    assert_close(orders(1 / x, 3), [-1 / a**2, 2 / a**3, -6 / a**4], what="1 / x: orders 1 to 3")
    assert_close(orders(x.log(), 2), [1 / a, -1 / a**2], what="log: orders 1 and 2")
    z = x**2 * y**3 + (x * y).exp()
    mixed = 6 * a * b**2 + (1 + a * b) * math.exp(a * b)
    assert_close(slopes(derivative(z, "x"), "y"), [mixed], what="by x, then by y")
    assert_close(slopes(derivative(z, "y"), "x"), [mixed], what="by y, then by x")


@points(1)
def test_questions_asked_twice(student, rng):
    """The same question has the same answer again, other questions do not disturb it, and strangers have 0."""
    a, b = rng.uniform(1, 2, size=2).tolist()
    x, y, again = variables(student, x=a, y=b) + variables(student, x=a)
    product = x * y
    z = product * x
    for what in ("first", "second", "third"):
        got = slopes(z, "x", "stranger", "y")
        assert_close(got, [2 * a * b, 0.0, a * a], what=f"asked for the {what} time: by x, by a stranger, by y")
        assert_close(slopes(product, "y"), [a], what="another question in between")
    assert_close([x.data, product.data, z.data], [a, a * b, a * a * b], what="data afterwards")
    assert_close(slopes(x, "x", "y"), [1.0, 0.0], what="x by x, and by y")
    assert_close(slopes(product * again + 3, "x"), [2 * a * b], what="two Numbers named x: by x")
    penalty = derivative(z, "x") ** 2 + z
    assert_close(slopes(penalty, "x"), [8 * a * b * b + 2 * a * b], what="slope**2 + z: by x")


@points(1)
def test_powers_at_zero(student, rng):
    """Powers with whole exponents have all their derivatives at 0, and they are 0 but for one."""
    n = int(rng.integers(2, 5))
    (x,) = variables(student, x=0.0)
    expected = [float(math.factorial(n)) if order == n else 0.0 for order in range(1, n + 2)]
    assert_close(orders(x**n, n + 1), expected, what=f"x**{n} at 0: orders 1 to {n + 1}")
    assert_close([(x**0).data, *orders(x**0 + x, 2)], [1.0, 1.0, 0.0], what="x**0 at 0, and orders 1, 2 of x**0 + x")


@points(1)
def test_long_chains(student, rng):
    """A sum of thousands of terms, added one after the other, and derivatives of a population through generations."""
    start, rate, terms = float(rng.uniform(0.2, 0.4)), float(rng.uniform(0.97, 1.0)), int(rng.integers(3200, 3300))
    (x,) = variables(student, x=start)
    total = student.add_up(x, terms)
    assert_close([total.data, *slopes(total, "x")], [terms * start, terms], what=f"x added {terms} times: data, slope")
    for generations, times in ((100, 1), (10, 2)):
        value, first, second = start, 1.0, 0.0
        for _ in range(generations):
            slope, bend = rate * (1 - 2 * value), -2 * rate
            value, first, second = rate * value * (1 - value), slope * first, bend * first**2 + slope * second
        y = student.population(x, rate, generations)
        assert_close(y.data, value, what=f"population after {generations} generations")
        scaled = [item / first for item in orders(y, times)]
        expected = [1.0, second / first][:times]
        assert_close(scaled, expected, what=f"derivatives after {generations} generations, over the true first")


def formula(program, recipe, values):
    """Follow a recipe of operations on what is there already; the result uses the last two."""
    made = list(variables(program, x=values[0], y=values[1]))
    for name, i, j in recipe:
        left, right = made[i], made[j]
        match name:
            case "add":
                made.append(left + right)
            case "sub":
                made.append(left - 0.5 * right)
            case "mul":
                made.append(left * right.tanh())
            case "div":
                made.append(left / (right**2 + 2))
            case "exp":
                made.append((left.tanh() * 0.5).exp())
    return made[-1] + made[-2].tanh()


@points(1)
def test_random_formulas(student, reference, rng):
    """Random formulas that use their parts again and again: value, slopes, and slopes of slopes."""
    values, recipe = rng.normal(size=2), []
    for k in range(2, 8):
        name = str(rng.choice(["add", "sub", "mul", "div", "exp"]))
        recipe.append((name, k - 1, int(rng.integers(0, k))))
    found = []
    for program in (student, reference):
        y = formula(program, recipe, values)
        seconds = slopes(derivative(y, "x"), "x", "y")
        found.append({"value": y.data, "first": slopes(y, "x", "y"), "second": seconds})
    assert_close(*found, what="a random formula", rtol=1e-8)

"""What the benchmark measures: an explorer as large as a lecture's, one that asks the kernel, and one for each mark."""

import numpy as np

from mmcourse.explorer import (
    Arrows,
    Bars,
    Equation,
    Explorer,
    Field,
    Graph,
    Handle,
    Histogram,
    Image,
    Line,
    Live,
    LogSlider,
    Matrix,
    Panel,
    Path,
    Play,
    Points,
    Regions,
    Rule,
    Slider,
    Sound,
    Surface,
    Sweep,
    Text,
)

STEPS = 121
FRAMES = 60
CURVATURES = np.array([1.0, 25.0])
ALT = "A figure for the benchmark: what it shows does not matter here."


def walks(rates: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """Return paths of gradient descent with momentum in a ravine, shape (rates, betas, STEPS, 2)."""
    lr, beta = rates[:, None, None], betas[None, :, None]
    w = np.broadcast_to(np.array([-2.0, 1.0]), (len(rates), len(betas), 2))
    v, path = np.zeros_like(w), [w]
    for _ in range(STEPS - 1):
        v = beta * v - lr * CURVATURES * w
        w = np.clip(w + v, -1e6, 1e6)
        path.append(w)
    return np.stack(path, axis=2)


def ravine() -> dict[str, np.ndarray]:
    """Return the arrays of the large explorer by name."""
    rates, betas = np.geomspace(1e-3, 0.3, 40), np.linspace(0, 0.99, 34)
    paths = walks(rates, betas)
    x, y = np.linspace(-3, 3, 90), np.linspace(-1.6, 1.6, 70)
    field = np.log1p(0.5 * (x**2 + 25 * y[:, None] ** 2))
    loss = np.maximum(0.5 * np.sum(CURVATURES * paths**2, axis=-1), 1e-12)
    steep = 25 * rates
    regions = (steep > (1 - np.sqrt(betas[:, None])) ** 2).astype(int) + (steep > 2 + 2 * betas[:, None])
    return {
        "lr": rates,
        "beta": betas,
        "paths": paths,
        "x": x,
        "y": y,
        "field": field,
        "loss": loss,
        "regions": regions,
    }


def lecture(title: str = "Momentum in a ravine") -> Explorer:
    """Return a large explorer: field and contours, path, line, regions with a handle, words and a formula."""
    a = ravine()
    lr = LogSlider("lr", 1e-3, 0.3, count=40, start=0.03, label="learning rate")
    momentum = Slider("momentum", 0, 0.99, count=34, start=0.9)
    step = Play("step", STEPS, rate=60)
    both = [lr, momentum]
    path = Path(Sweep(a["paths"], both), label="path", upto=step)
    plane = Panel(Field(a["x"], a["y"], a["field"]), path, x="flat", y="steep", xlim=(-3, 3), ylim=(-1.6, 1.6))
    line = Line(np.arange(STEPS), Sweep(a["loss"], both), upto=step, label="loss")
    regions = Regions(a["lr"], a["beta"], a["regions"], names=("monotone", "oscillates", "diverges"))
    words = Text("Learning rate {lr:.3f}, momentum {momentum:.2f}, step {step:d}")
    panels = [
        plane,
        Panel(line, x="step", y="loss", yscale="log", ylim=(1e-9, 1e3)),
        Panel(regions, Handle(lr, momentum), x="learning rate", y="momentum", xscale="log"),
        Panel(words, Equation(r"v \leftarrow \now{momentum:.2f}\, v - \now{lr:.3f}\, \nabla f")),
    ]
    return Explorer([*both, step], panels, title, ALT)


def asking() -> Explorer:
    """Return an explorer whose path a Python function computes while the reader moves something."""
    momentum = Slider("momentum", 0, 0.99, count=34, start=0.5)
    student = Live(lambda momentum: walks(np.array([0.03]), np.array([momentum]))[0, 0])
    return Explorer([momentum], [Panel(Path(student), xlim=(-3, 3), ylim=(-1.6, 1.6))], "Live", ALT)


def marks() -> dict[str, Explorer]:
    """Return an explorer for each mark, in which everything that can change does so in every frame."""
    play = Play("t", FRAMES, rate=60, loop=True)
    rng = np.random.default_rng(0)
    phase = 2 * np.pi * np.arange(FRAMES) / FRAMES
    x, y = np.linspace(-2, 2, 60), np.linspace(-1, 1, 50)
    bumps = np.sin(3 * x + phase[:, None, None]) * np.cos(3 * y[:, None])
    waves = np.sin(np.linspace(0, 12, 300) + phase[:, None])
    cloud = rng.normal(size=(200, 2)) + 0.3 * np.stack([np.cos(phase), np.sin(phase)], axis=1)[:, None]
    turn = np.linspace(0, 20, 400) + phase[:, None]
    spiral = np.stack([turn * np.cos(turn), turn * np.sin(turn)], axis=-1) / 30
    on_surface = np.stack([spiral[..., 0], spiral[..., 1], np.sin(3 * spiral[..., 0])], axis=-1)
    nodes = np.array([(layer, unit - 3.5) for layer in range(4) for unit in range(8)], dtype=float)
    edges = np.array([(8 * k + i, 8 * k + 8 + j) for k in range(3) for i in range(8) for j in range(8)])
    units, wires = rng.normal(size=(FRAMES, 32)), rng.normal(size=(FRAMES, len(edges)))
    sound = 0.8 * np.sin(2 * np.pi * (220 + 4 * np.arange(FRAMES)[:, None]) * np.arange(4000) / 8000)

    def each(values, error=1e-2):
        return Sweep(values, [play], error=error)

    panels = {
        "Path": Panel(Path(each(spiral), upto=None)),
        "Points": Panel(Points(each(cloud), kinds=np.arange(200) % 7)),
        "Arrows": Panel(Arrows(cloud[0], each(cloud * 0.2))),
        "Line with band": Panel(Line(np.arange(300), each(waves), low=each(waves - 0.2), high=each(waves + 0.2))),
        "Rule": Panel(Line(np.arange(300), waves[0]), Rule(each(150 + 100 * np.sin(phase)))),
        "Bars": Panel(Bars(each(np.abs(waves[:, :40])))),
        "Histogram": Panel(Histogram(each(cloud[..., 0]), np.linspace(-4, 4, 31)), ylim=(0, 40)),
        "Field": Panel(Field(x, y, each(bumps))),
        "Regions": Panel(Regions(x, y, each((bumps > 0).astype(float), error=None), names=("low", "high"))),
        "Surface with path": Panel(Surface(x, y, bumps[0]), Path(on_surface[0], upto=play)),
        "Surface that changes": Panel(Surface(x, y, each(bumps)), Path(each(on_surface))),
        "Image with overlay": Panel(Image(each(rng.uniform(size=(FRAMES, 64, 64))), overlay=each((bumps + 1) / 2))),
        "Matrix": Panel(Matrix(each(rng.normal(size=(FRAMES, 12, 12))))),
        "Graph": Panel(Graph(nodes, edges, values=each(units), weights=each(wires), active=each(units > 0, None))),
        "Sound": Panel(Sound(each(sound))),
        "Text": Panel(Text("{t:d} of {v:.4f}", {"v": each(phase)})),
        "Equation": Panel(Equation(r"\sum_i x_i = \now{v:.4f}", {"v": each(phase)})),
    }
    return {name: Explorer([play], [panel], name, ALT) for name, panel in panels.items()}

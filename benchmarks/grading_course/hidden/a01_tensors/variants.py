# Other correct solutions of the benchmark's assignment. Never imported: each "# %%" cell stands in for a solution cell.


# %% attend: additive mask
def attend(query, key, value, mask=None):
    q, k, v = (torch.from_numpy(np.array(x)) for x in (query, key, value))
    scores = q @ k.T / math.sqrt(k.shape[-1])
    if mask is not None:
        scores = scores + torch.where(torch.from_numpy(np.array(mask)), 0.0, -math.inf)
    return (torch.nn.functional.softmax(scores, dim=-1) @ v).numpy()


# %% attend: a loop over queries
def attend(query, key, value, mask=None):
    rows = []
    for t in range(len(query)):
        keep = np.ones(len(key), bool) if mask is None else mask[t]
        scores = torch.tensor(key[keep]) @ torch.tensor(query[t]) / len(query[t]) ** 0.5
        rows.append(torch.softmax(scores, 0) @ torch.tensor(value[keep]))
    return torch.stack(rows).tolist()


# %% gradient: backward
def penalised_gradient(weights, inputs, targets, strength):
    w = torch.tensor(weights, requires_grad=True)
    x, y = torch.tensor(inputs), torch.tensor(targets)
    loss = torch.nn.functional.mse_loss(x @ w, y) + strength * torch.linalg.norm(w, 1)
    loss.backward()
    print("loss", loss.item())
    return w.grad.numpy()


# %% gradient: by hand
def penalised_gradient(weights, inputs, targets, strength):
    w, x, y = (torch.tensor(array) for array in (weights, inputs, targets))
    return (2 * x.T @ (x @ w - y) / len(y) + strength * w.sign()).numpy()


# %% train: a module
def train(inputs, labels, classes, lr=0.1, momentum=0.0, steps=100):
    model = torch.nn.Linear(inputs.shape[1], classes, bias=False).double()
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    x, y = torch.tensor(inputs), torch.tensor(labels)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model.weight.detach().numpy().T


# %% train: its own loop
def train(inputs, labels, classes, lr=0.1, momentum=0.0, steps=100):
    x, y = torch.tensor(inputs), torch.nn.functional.one_hot(torch.tensor(labels), classes).double()
    w, v = torch.zeros(x.shape[1], classes).double(), 0.0
    for _ in range(steps):
        v = momentum * v + x.T @ (torch.softmax(x @ w, 1) - y) / len(x)
        w = w - lr * v
    return w.numpy()

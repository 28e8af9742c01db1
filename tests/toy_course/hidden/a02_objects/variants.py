# %% value: closures that push
class Value:
    def __init__(self, data, inputs=()):
        self.data = data
        self.grad = 0
        self.inputs = inputs
        self.push = lambda: None

    @staticmethod
    def of(number):
        return number if type(number) is Value else Value(number)

    def __add__(self, other):
        other = Value.of(other)
        out = Value(self.data + other.data, [self, other])

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out.push = push
        return out

    def __mul__(self, other):
        other = Value.of(other)
        out = Value(self.data * other.data, [self, other])

        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.push = push
        return out

    def __pow__(self, n):
        out = Value(self.data**n, [self])

        def push():
            self.grad += n * self.data ** (n - 1) * out.grad

        out.push = push
        return out

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return -1.0 * self

    def __sub__(self, other):
        return self + (-Value.of(other))

    def backward(self):
        pending, order = [self], []
        while pending:
            node = pending.pop()
            if node in order:
                order.remove(node)
            order.append(node)
            pending.extend(node.inputs)
        self.grad = 1
        for node in order:
            node.push()


# %% affine: addcmul and a dictionary
class Affine(torch.nn.Module):
    def __init__(self, features):
        super().__init__()
        self.register_parameter("scale", torch.nn.Parameter(torch.ones((features,))))
        self.register_parameter("shift", torch.nn.Parameter(0 * torch.ones((features,))))
        print("made an Affine of", features)

    def forward(self, x):
        return torch.addcmul(self.shift, x, self.scale)

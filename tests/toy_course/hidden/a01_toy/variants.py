# %% scale: in place
def scale(x, factor):
    x *= factor
    return x


# %% scale: a list
def scale(x, factor):
    import numpy

    return (numpy.array(x) * factor).tolist()


# %% total: a loop
def total(x):
    result = 0.0
    for row in x:
        for value in row:
            result = result + float(value)
    print("the total is", result)
    return result

"""Known mistakes of a09_representations: each must lose points, and each tells the student who made it what it is."""

from autograder.manifest import Mistake

PRESENT = "part = np.where(present[..., m, None], part, 0)"
MASKED = "np.where(there[..., m, None], part, 0), ones"

MISTAKES = [
    # Fuse
    Mistake(
        question="fuse",
        name="missing_one",
        edits={
            "part = np.concatenate([part, np.ones((*lead, 1))], axis=-1)": (
                "part = np.concatenate([part, np.zeros((*lead, 1))], axis=-1)"
            )
        },
        message="There is no 1 in your parts, so only the product of all of them is left. Fuse [2] with [0]: the 2 "
        "has to be found somewhere in the result.",
    ),
    Mistake(
        question="fuse",
        name="no_extra_entry",
        edits={"part = np.concatenate([part, np.ones((*lead, 1))], axis=-1)": "part = np.asarray(part)"},
        message="Your result is the plain outer product: too short, and without the parts alone. Count its entries, "
        "it should be the product of all D_m + 1.",
    ),
    Mistake(
        question="fuse",
        name="one_first",
        edits={
            "np.concatenate([part, np.ones((*lead, 1))], axis=-1)": (
                "np.concatenate([np.ones((*lead, 1)), part], axis=-1)"
            ),
            "np.arange(part.shape[-1]) < part.shape[-1] - 1": "np.arange(part.shape[-1]) > 0",
        },
        message="Your 1 stands before each part, as in the authors' program. The entries are all there, and in "
        "another order: weights trained here would multiply the wrong ones.",
    ),
    Mistake(
        question="fuse",
        name="axes_swapped",
        edits={"fused[..., :, None] * part[..., None, :]": "fused[..., None, :] * part[..., :, None]"},
        message="The axes come in the wrong order: in your result the first part changes fastest. In reading order "
        "the last axis does.",
    ),
    Mistake(
        question="fuse",
        name="missing_silences",
        edits={
            PRESENT: "pass",
            "part = np.concatenate([part, np.ones((*lead, 1))], axis=-1)": (
                "part = np.concatenate([part, np.ones((*lead, 1))], axis=-1)\n"
                "        part = part if present is None else np.where(present[..., m, None], part, 0)"
            ),
        },
        message="A missing part loses its 1 as well, so one missing part silences the whole clip. Its vector is [0, "
        "..., 0, 1]: what does not need it stays.",
    ),
    Mistake(
        question="fuse",
        name="nan_times_zero",
        edits={PRESENT: "part = part * present[..., m, None]"},
        message="You multiply a missing part by 0, and 0 times nan is nan. It has to be left out, not weighed down.",
    ),
    Mistake(
        question="fuse",
        name="present_ignored",
        edits={PRESENT: "pass"},
        message="Nothing in your result depends on `present`: the numbers of a missing part are fused like any others.",
    ),
    Mistake(
        question="fuse",
        name="missing_whole_batch",
        edits={PRESENT: "part = part if np.all(present[..., m]) else np.zeros_like(part)"},
        message="Where a part is missing for one sample you drop it for all. Each row of `present` is about its own "
        "sample.",
    ),
    Mistake(
        question="fuse",
        name="up_to_order",
        edits={"np.isin(order, orders)": "(order <= max(orders))"},
        message="You keep all products up to the largest order. `orders` is a list of those to keep: [3, 1] has no 2.",
    ),
    Mistake(
        question="fuse",
        name="constant_always_kept",
        edits={"np.isin(order, orders)": "np.isin(order, [0, *orders])"},
        message="The constant 1 is kept whatever `orders` says. It is the product of no parts, order 0.",
    ),
    Mistake(
        question="fuse",
        name="dropped_entries_removed",
        edits={"fused * np.isin(order, orders)": "fused[..., np.isin(order, orders)]"},
        message="You take the dropped entries out, so that all others move. They should be 0 and stay in their place.",
    ),
    Mistake(
        question="fuse",
        name="float64_back",
        edits={"return fused.astype(dtype)": "return fused.astype(float)"},
        message="The numbers are right, and float32 parts come back as float64: np.ones is float64 and pulls the "
        "rest along.",
    ),
    # Backward
    Mistake(
        question="backward",
        name="ones_not_cut",
        edits={"pulled[..., :-1]": "pulled"},
        message="Your gradients have an entry too many: the last one belongs to the 1, which nobody made.",
    ),
    Mistake(
        question="backward",
        name="first_entry_cut",
        edits={"pulled[..., :-1]": "pulled[..., 1:]"},
        message="You cut off the first entry of each gradient and keep the one of the 1, which stands last.",
    ),
    Mistake(
        question="backward",
        name="others_without_one",
        edits={"ones = np.ones((*lead, 1))": "ones = np.zeros((*lead, 1))"},
        message="Your factors have no 1, so only the product of all parts sends a gradient back. What a part said "
        "alone has one, too: look at a case in which the other part is 0.",
    ),
    Mistake(
        question="backward",
        name="divided",
        edits={
            "for k in range(len(parts)) if k != m]": "for k in range(len(parts))]",
            "grads.append(np.where(there[..., m, None], pulled[..., :-1], 0))": (
                "grads.append(np.where(there[..., m, None], pulled[..., :-1] / full[m][..., :-1], 0))"
            ),
        },
        message="You divide the product of all by the part itself. Where that is 0, which a ReLU is half of the "
        "time, you get nan; multiply the others instead.",
    ),
    Mistake(
        question="backward",
        name="product_with_itself",
        edits={"for k in range(len(parts)) if k != m]": "for k in range(len(parts))]"},
        message="Each part's gradient is multiplied by the part itself. The derivative of a product by one factor "
        "has all the *other* factors.",
    ),
    Mistake(
        question="backward",
        name="missing_has_gradient",
        edits={"np.where(there[..., m, None], pulled[..., :-1], 0)": "pulled[..., :-1]"},
        message="A part that was not there gets a gradient. Its numbers never entered the result, so changing them "
        "changes nothing.",
    ),
    Mistake(
        question="backward",
        name="nan_times_zero",
        edits={MASKED: "part * there[..., m, None], ones"},
        message="You multiply a missing part by 0, and 0 times nan is nan: it reaches the gradients of the others.",
    ),
    Mistake(
        question="backward",
        name="missing_ignored",
        edits={MASKED: "part, ones"},
        message="The numbers of a missing part take part in the gradients of the others. For them it is [0, ..., 0, "
        "1].",
    ),
    Mistake(
        question="backward",
        name="orders_ignored",
        edits={"np.where(np.isin(order.ravel(), orders), grad, 0)": "grad"},
        message="Products that were not kept send a gradient back. Nothing in yours depends on `orders`.",
    ),
    Mistake(
        question="backward",
        name="orders_multiplied",
        edits={"np.where(np.isin(order.ravel(), orders), grad, 0)": "grad * np.isin(order.ravel(), orders)"},
        message="You multiply the gradient of dropped products by 0. Nobody promised that it is finite there: 0 "
        "times nan is nan.",
    ),
    Mistake(
        question="backward",
        name="wrong_axis_order",
        edits={
            "tensor, letters, grads = grad.reshape(*lead, *sizes),": (
                "tensor, letters, grads = grad.reshape(*lead, *sizes[::-1]).transpose("
                "*range(len(lead)), *range(len(lead) + len(sizes) - 1, len(lead) - 1, -1)),"
            )
        },
        message="You read the flat gradient with the first part changing fastest. In reading order the last one does.",
    ),
    # Low rank
    Mistake(
        question="low_rank",
        name="missing_one",
        edits={"torch.ones_like(part[:, :1])": "torch.zeros_like(part[:, :1])"},
        message="There is no 1 in your parts, so only products of all of them reach the output: set one part to 0 "
        "and everything but the bias is gone.",
    ),
    Mistake(
        question="low_rank",
        name="one_first",
        edits={
            "torch.cat([part, torch.ones_like(part[:, :1])], dim=1)": (
                "torch.cat([torch.ones_like(part[:, :1]), part], dim=1)"
            )
        },
        message="Your 1 comes first. In the factors its row is the last one: numbers of a trained layer would meet "
        "the wrong rows.",
    ),
    Mistake(
        question="low_rank",
        name="product_of_sums",
        edits={
            "product = product * (part @ factor)  # (R, B, outputs)": (
                'product = product * torch.einsum("r,rbh->bh", self.weights, part @ factor)'
            ),
            'torch.einsum("r,rbh->bh", self.weights, product)': "product",
        },
        message="You add over the ranks first and multiply then, which is a layer of rank 1 whatever `rank` says. "
        "Write the double product out for rank 2 and two parts: there are four terms, and should be two.",
    ),
    Mistake(
        question="low_rank",
        name="weights_ignored",
        edits={'torch.einsum("r,rbh->bh", self.weights, product)': "product.sum(dim=0)"},
        message="`weights` is a parameter that nothing uses: at first it is 1, so the output is right, and it never "
        "learns. Its gradient is None.",
    ),
    Mistake(
        question="low_rank",
        name="mean_over_ranks",
        edits={
            'torch.einsum("r,rbh->bh", self.weights, product)': (
                'torch.einsum("r,rbh->bh", self.weights / len(self.weights), product)'
            )
        },
        message="You average over the ranks. They are added up.",
    ),
    Mistake(
        question="low_rank",
        name="bias_in_every_rank",
        edits={
            "product = product * (part @ factor)  # (R, B, outputs)": (
                "product = product * (part @ factor)\n        product = product + self.bias"
            ),
            "product) + self.bias": "product)",
        },
        message="Your bias is added in every rank, so it counts `rank` times, weighted. It is added once, at the end.",
    ),
    Mistake(
        question="low_rank",
        name="nan_times_zero",
        edits={"part = torch.where(present[:, m, None], part, 0.0)": "part = part * present[:, m, None]"},
        message="You multiply a missing part by 0, and 0 times nan is nan, in the output and in every gradient.",
    ),
    Mistake(
        question="low_rank",
        name="missing_skipped",
        edits={
            "part = torch.where(present[:, m, None], part, 0.0)": "pass",
            "product = product * (part @ factor)": (
                "told = part @ factor\n"
                "            if present is not None:\n"
                "                told = torch.where(present[:, m, None], told, 1.0)\n"
                "            product = product * told"
            ),
        },
        message="For a missing part you multiply by 1. What stands there is the row of its 1 in the factor, which "
        "has learned what to say in its absence.",
    ),
    Mistake(
        question="low_rank",
        name="masked_too_late",
        edits={
            "part = torch.where(present[:, m, None], part, 0.0)": "pass",
            "product = product * (part @ factor)": (
                "told = part @ factor\n"
                "            if present is not None:\n"
                "                told = torch.where(present[:, m, None], told, factor[:, -1:])\n"
                "            product = product * told"
            ),
        },
        message="The output is right and the gradient is nan: you choose after the matrix product, so the derivative "
        "of the factor is still 0 times nan. Choose before anything is computed with the part.",
    ),
    Mistake(
        question="low_rank",
        name="factors_detached",
        edits={"(part @ factor)": "(part @ factor.detach())"},
        message="No gradient reaches the factors, so they never learn. Look at `layer.factors[0].grad` after backward.",
    ),
    # CCA
    Mistake(
        question="cca",
        name="constraint_of_the_other_view",
        erratum="E69",
        edits={"U, V = x_root @ A[:, :k]": "U, V = (y_root if len(y_root) == len(A) else x_root) @ A[:, :k]"},
        message="This is the constraint as the tutorial prints it, three times: U scaled by the covariance of y. "
        "Compute U.T @ Sigma_xx @ U. It should be the identity, so that every projection of x has variance "
        "1.",
    ),
    Mistake(
        question="cca",
        name="elementwise_root",
        edits={
            "return axes[:, there] / np.sqrt(variances[there]) @ axes[:, there].T, int(there.sum())": (
                "return np.sqrt(np.abs(np.linalg.pinv(matrix))), int(there.sum())"
            )
        },
        message="You take the root of every entry of the inverse. For a diagonal covariance it is the same; for any "
        "other your correlations can be above 1. Multiply your root by itself: is it the inverse?",
    ),
    Mistake(
        question="cca",
        name="no_centring",
        edits={
            "self.x_mean, self.y_mean = shares @ x, shares @ y": (
                "self.x_mean, self.y_mean = 0 * (shares @ x), 0 * (shares @ y)"
            )
        },
        message="You do not subtract the means. Two views that are far from zero then agree perfectly about being "
        "far from zero: add 100 to both and look.",
    ),
    Mistake(
        question="cca",
        name="plain_mean",
        edits={
            "self.x_mean, self.y_mean = shares @ x, shares @ y": (
                "self.x_mean, self.y_mean = x.mean(axis=0), y.mean(axis=0)"
            )
        },
        message="Your means do not know the weights. A sample with weight 2 came twice, so it pulls the mean twice.",
    ),
    Mistake(
        question="cca",
        name="weights_ignored",
        edits={"shares = weights / weights.sum()": "shares = np.ones(len(x)) / len(x)"},
        message="All samples that have a weight count the same in your covariances.",
    ),
    Mistake(
        question="cca",
        name="weights_not_shares",
        edits={
            "shares = weights / weights.sum()": "shares = weights",
            "self.x_mean, self.y_mean = shares @ x, shares @ y": (
                "self.x_mean, self.y_mean = shares @ x / shares.sum(), shares @ y / shares.sum()"
            ),
        },
        message="You do not divide by the sum of the weights. Without a ridge no correlation shows it; with one, ten "
        "times the weights is a tenth of the ridge. And the projections do not have variance 1.",
    ),
    Mistake(
        question="cca",
        name="divided_by_one_less",
        edits={
            "(shares[:, None] * x).T @ x + x_ridge": "(shares[:, None] * x).T @ x * len(x) / (len(x) - 1) + x_ridge",
            "(shares[:, None] * y).T @ y + y_ridge": "(shares[:, None] * y).T @ y * len(y) / (len(y) - 1) + y_ridge",
            "cross = (shares[:, None] * x).T @ y": "cross = (shares[:, None] * x).T @ y * len(x) / (len(x) - 1)",
        },
        message="You divide by N - 1. With weights there is no N: the covariances here divide by their sum.",
    ),
    Mistake(
        question="cca",
        name="weight_zero_nan",
        edits={"x, y, weights = x[weights > 0], y[weights > 0], weights[weights > 0]": "pass"},
        message="A sample of weight 0 is multiplied by 0, and 0 times nan is nan. Take it out before you compute "
        "anything.",
    ),
    Mistake(
        question="cca",
        name="no_ridge",
        edits={"x_ridge, y_ridge = np.broadcast_to(self.ridge, 2)": "x_ridge, y_ridge = 0.0, 0.0"},
        message="Nothing in your answer depends on `ridge`.",
    ),
    Mistake(
        question="cca",
        name="ridge_everywhere",
        edits={"x_ridge * np.eye(x.shape[1])": "x_ridge", "y_ridge * np.eye(y.shape[1])": "y_ridge"},
        message="A number plus a matrix adds the number to every entry. That is a second, invented direction that "
        "all columns share. The ridge stands on the diagonal.",
    ),
    Mistake(
        question="cca",
        name="one_ridge_for_both",
        edits={
            "x_ridge, y_ridge = np.broadcast_to(self.ridge, 2)": (
                "x_ridge = y_ridge = np.broadcast_to(self.ridge, 2)[0]"
            )
        },
        message="With a pair of ridges you use the first for both views.",
    ),
    Mistake(
        question="cca",
        name="ridge_in_cross",
        edits={
            "cross = (shares[:, None] * x).T @ y": (
                "cross = (shares[:, None] * x).T @ y + x_ridge * np.eye(x.shape[1], y.shape[1])"
            )
        },
        message="You add a ridge to the covariance between the views: it makes the first column of x agree with the "
        "first of y, whatever they are.",
    ),
    Mistake(
        question="cca",
        name="empty_directions_kept",
        edits={
            "there = variances > 1e-10 * variances[-1]": "there = variances > -np.inf",
            "/ np.sqrt(variances[there]) @": "/ np.sqrt(np.abs(variances[there]) + 1e-30) @",
        },
        message="Directions without variance take part: you divide by a variance that is 0 but for rounding, and "
        "what comes out is noise, amplified a million times.",
    ),
    Mistake(
        question="cca",
        name="zero_pairs_kept",
        edits={"k = min(self.components, x_rank, y_rank)": "k = min(self.components, len(x_root), len(y_root))"},
        message="You return as many pairs as there are columns. With 4 samples there are 3 directions, and what "
        "comes after them is nothing at all, with direction 0.",
    ),
    Mistake(
        question="cca",
        name="smallest",
        edits={
            "A, D, Bt = np.linalg.svd(x_root @ cross @ y_root)": (
                "A, D, Bt = np.linalg.svd(x_root @ cross @ y_root)\n"
                "        n = len(D)\n"
                "        A, D, Bt = A[:, :n][:, ::-1], D[::-1], Bt[:n][::-1]"
            )
        },
        message="You sort upwards and keep the first: the pairs that agree least.",
    ),
    Mistake(
        question="cca",
        name="svd_not_transposed",
        edits={"y_root @ Bt[:k].T": "y_root @ Bt[:, :k]"},
        message="numpy's svd returns the second factor transposed already. Your y directions are rows of it that "
        "were taken for columns; U.T @ Sigma_xy @ V is not diagonal.",
    ),
    Mistake(
        question="cca",
        name="sign_of_x_alone",
        edits={"V * signs": "V"},
        message="You turn the x direction and leave its partner, so the two are now opposed: a correlation of -0.9 "
        "where you report 0.9.",
    ),
    Mistake(
        question="cca",
        name="sign_of_first_entry",
        edits={"np.sign(U[np.abs(U).argmax(axis=0), np.arange(k)])": "np.sign(U[0])"},
        message="You make the first entry positive. It may be 0 but for rounding, and then the sign is chance; the "
        "convention asks for the entry of largest size.",
    ),
    Mistake(
        question="cca",
        name="no_sign",
        edits={"signs = np.sign(U[np.abs(U).argmax(axis=0), np.arange(k)])": "signs = 1.0"},
        message="Your signs are those that the SVD happened to give. Another machine, another order of the samples, "
        "another sign; turn each pair as the convention says.",
    ),
    Mistake(
        question="cca",
        name="mean_of_the_new",
        edits={
            "return (x - self.x_mean) @ self.x_directions": "return (x - x.mean(axis=0)) @ self.x_directions",
            "return (y - self.y_mean) @ self.y_directions": "return (y - y.mean(axis=0)) @ self.y_directions",
        },
        message="You subtract the mean of the new samples. Project a single one: it is its own mean, so you get 0 "
        "whatever it is.",
    ),
    Mistake(
        question="cca",
        name="new_not_centred",
        edits={
            "return (x - self.x_mean) @ self.x_directions": "return x @ self.x_directions",
            "return (y - self.y_mean) @ self.y_directions": "return y @ self.y_directions",
        },
        message="New samples are projected without subtracting any mean, so they are off by the same vector. The "
        "mean of training belongs to the fit.",
    ),
    # DCCA
    Mistake(
        question="dcca",
        name="frobenius",
        edits={
            "torch.linalg.svdvals(whitened)[:components].sum()": (
                "torch.linalg.svdvals(whitened)[:components].square().sum().sqrt()"
            )
        },
        message="This is the Frobenius norm, the root of the sum of squares: 1.41 for two perfect pairs, where the "
        "trace norm says 2. It stands in public code under the name of all singular values.",
    ),
    Mistake(
        question="dcca",
        name="sum_of_squares",
        edits={
            "torch.linalg.svdvals(whitened)[:components].sum()": (
                "torch.linalg.svdvals(whitened)[:components].square().sum()"
            )
        },
        message="You add up the squares, the trace of T.T @ T without the root inside. A perfect pair still counts "
        "1, and one of 0.5 only 0.25.",
    ),
    Mistake(
        question="dcca",
        name="smallest",
        edits={
            "torch.linalg.svdvals(whitened)[:components]": ("torch.linalg.svdvals(whitened).sort().values[:components]")
        },
        message="You sort upwards and take the first: the k smallest. All of them add up to the same, so it shows "
        "only when `components` is small.",
    ),
    Mistake(
        question="dcca",
        name="components_ignored",
        edits={"torch.linalg.svdvals(whitened)[:components]": "torch.linalg.svdvals(whitened)"},
        message="All correlations are added up, whatever `components` says.",
    ),
    Mistake(
        question="dcca",
        name="sign",
        edits={"return -torch.linalg.svdvals": "return torch.linalg.svdvals"},
        message="Your loss is the sum of the correlations: an optimizer that makes it small makes the views disagree.",
    ),
    Mistake(
        question="dcca",
        name="factor_not_transposed",
        edits={
            "whitened = torch.linalg.solve_triangular(factor(y), half.T, upper=False).T": (
                "whitened = half @ torch.linalg.inv(factor(y))"
            )
        },
        message="The second factor is not transposed: L_y^-1 on the right is no root of the inverse covariance "
        "there. Take a view with itself: all correlations must be 1, and yours are not.",
    ),
    Mistake(
        question="dcca",
        name="elementwise_root",
        edits={
            "return torch.linalg.cholesky(ridged)": "return torch.linalg.inv(ridged).abs().sqrt()",
            "half = torch.linalg.solve_triangular(factor(x), (shares * x).T @ y, upper=False)": (
                "half = factor(x) @ (shares * x).T @ y"
            ),
            "whitened = torch.linalg.solve_triangular(factor(y), half.T, upper=False).T": "whitened = half @ factor(y)",
        },
        message="You take the root of every entry of the inverse. Your sum can be larger than the number of columns, "
        "and no correlation is above 1.",
    ),
    Mistake(
        question="dcca",
        name="through_eigenvectors",
        edits={
            "return torch.linalg.cholesky(ridged)": (
                "values, axes = torch.linalg.eigh(ridged)\n        return axes / values.sqrt() @ axes.T"
            ),
            "half = torch.linalg.solve_triangular(factor(x), (shares * x).T @ y, upper=False)": (
                "half = factor(x) @ (shares * x).T @ y"
            ),
            "whitened = torch.linalg.solve_triangular(factor(y), half.T, upper=False).T": "whitened = half @ factor(y)",
        },
        message="The value is right, and the gradient goes through eigenvectors: for two equal variances it divides "
        "by their difference and is nan, or enormous. White outputs are what this loss likes.",
    ),
    Mistake(
        question="dcca",
        name="no_centring",
        edits={"x, y = x - (shares * x).sum(dim=0), y - (shares * y).sum(dim=0)": "pass"},
        message="You do not subtract the means: a network can win by adding 100 to everything.",
    ),
    Mistake(
        question="dcca",
        name="plain_mean",
        edits={
            "x, y = x - (shares * x).sum(dim=0), y - (shares * y).sum(dim=0)": (
                "x, y = x - x.mean(dim=0), y - y.mean(dim=0)"
            )
        },
        message="Your means do not know the weights.",
    ),
    Mistake(
        question="dcca",
        name="whitening_detached",
        edits={"return torch.linalg.cholesky(ridged)": "return torch.linalg.cholesky(ridged).detach()"},
        message="The loss is right, and its gradient takes the whitening for a constant: the network is told to make "
        "its outputs larger, which changes nothing.",
    ),
    Mistake(
        question="dcca",
        name="weights_not_shares",
        edits={"(weights[kept] / weights[kept].sum())[:, None]": "(weights[kept] / kept.sum())[:, None]"},
        message="You divide by the number of samples in place of the sum of their weights. The means are off, and so "
        "is all that follows.",
    ),
    Mistake(
        question="dcca",
        name="weight_zero_nan",
        edits={"kept = weights > 0": "kept = weights > -1"},
        message="A sample of weight 0 is multiplied by 0, and 0 times nan is nan. Leave it out before you compute "
        "anything.",
    ),
    Mistake(
        question="dcca",
        name="absolute_ridge",
        edits={"ridge * covariance.trace() / size * torch": "ridge * torch"},
        message="Your ridge is a number, not a share of the variance. Multiply a view by 1000 and it is gone: the "
        "network will find out.",
    ),
    Mistake(
        question="dcca",
        name="ridge_of_total",
        edits={"ridge * covariance.trace() / size * torch": "ridge * covariance.trace() * torch"},
        message="Your ridge is a share of the total variance, which is D times the mean one.",
    ),
    Mistake(
        question="dcca",
        name="ridge_everywhere",
        edits={"/ size * torch.eye(size, dtype=view.dtype)": "/ size"},
        message="A number plus a matrix adds the number to every entry. The ridge stands on the diagonal.",
    ),
    Mistake(
        question="dcca",
        name="ridge_detached",
        edits={"ridge * covariance.trace() / size * torch": "ridge * covariance.trace().detach() / size * torch"},
        message="The value is right, the gradient is not: the ridge grows with the view, and yours does not know it. "
        "A larger view should gain nothing.",
    ),
    Mistake(
        question="dcca",
        name="no_ridge",
        edits={"covariance + ridge * covariance.trace() / size * torch.eye(size, dtype=view.dtype)": "covariance"},
        message="Nothing in your loss depends on `ridge`.",
    ),
    # DCCAE
    Mistake(
        question="dccae",
        name="correlation_of_chunks",
        edits={
            "loss = -total_correlation(codes[0].T, codes[1].T, ridge)": (
                "loss = -sum(total_correlation(codes[0][part].T, codes[1][part].T, ridge)"
                " * len(codes[0][part]) / len(x) for part in parts)"
            )
        },
        message="You average the correlations of the chunks. Those of few samples are mostly chance, and too large: "
        "with one chunk it is right, with more your loss is too low.",
    ),
    Mistake(
        question="dccae",
        name="sign_of_correlation",
        edits={"loss = -total_correlation": "loss = total_correlation"},
        message="Your loss rewards views that disagree: the correlation enters with a minus.",
    ),
    Mistake(
        question="dccae",
        name="decoder_gradient_lost",
        edits={"code_grad[part] + arrived": "code_grad[part]"},
        message="Your encoders hear of the correlation alone. The code also went into the decoder, and what the "
        "decoder pulls back arrives at the code as well.",
    ),
    Mistake(
        question="dccae",
        name="correlation_gradient_lost",
        edits={"code_grad[part] + arrived": "arrived"},
        message="Your encoders hear of the reconstruction alone: two autoencoders side by side. The gradient of the "
        "correlation arrives at the code, too.",
    ),
    Mistake(
        question="dccae",
        name="two_forgotten",
        edits={"2 * weight / len(view) * error": "weight / len(view) * error"},
        message="The derivative of a square has a 2, and the loss has no half that would take it away.",
    ),
    Mistake(
        question="dccae",
        name="divided_by_chunk",
        edits={
            "2 * weight / len(view) * error": "2 * weight / len(error) * error",
            "loss += weight * (error**2).sum() / len(view)": "loss += weight * (error**2).sum() / len(error)",
        },
        message="You divide by the rows of the chunk, so each chunk counts like the whole batch. N is the number of "
        "all samples.",
    ),
    Mistake(
        question="dccae",
        name="mean_of_numbers",
        edits={
            "2 * weight / len(view) * error": "2 * weight / view.size * error",
            "loss += weight * (error**2).sum() / len(view)": "loss += weight * (error**2).sum() / view.size",
        },
        message="You divide by the number of numbers. The squared distance of a sample adds up its columns, and only "
        "the samples are averaged.",
    ),
    Mistake(
        question="dccae",
        name="weight_forgotten_backwards",
        edits={"2 * weight / len(view) * error": "2 / len(view) * error"},
        message="`weight` is in your loss and not in its gradient.",
    ),
    Mistake(
        question="dccae",
        name="last_chunk_wins",
        edits={
            "grads[decoder] = grads.get(decoder, 0) + share": "grads[decoder] = share",
            "grads[encoder] = grads.get(encoder, 0) + share": "grads[encoder] = share",
        },
        message="Each chunk overwrites the gradients of the one before. They have to be added up.",
    ),
    Mistake(
        question="dccae",
        name="rest_dropped",
        edits={"range(0, len(x), chunk)": "range(0, max(len(x) - chunk, 0) + 1, chunk)"},
        message="Samples after the last whole chunk are lost. The last chunk may be shorter.",
    ),
    Mistake(
        question="dccae",
        name="empty_chunk",
        edits={"range(0, len(x), chunk)": "range(0, len(x) + 1, chunk)"},
        message="When `chunk` divides the number of samples, you ask the networks about a last chunk with no rows.",
    ),
    Mistake(
        question="dccae",
        name="all_at_once",
        edits={"slice(start, start + chunk) for start in range(0, len(x), chunk)": "slice(0, len(x)) for _ in [0]"},
        message="Your result is right, and the networks get all samples at once. That is the batch that does not fit.",
    ),
    Mistake(
        question="dccae",
        name="encoded_twice",
        edits={
            "error = decode(code[part]) - view[part]": (
                "error = decode(functions(networks[encoder])[0](view[part])) - view[part]"
            )
        },
        message="You encode every sample again before you decode it. The codes are there: keep them.",
    ),
    Mistake(
        question="dccae",
        name="gradient_through_the_error",
        edits={"error = decode(code[part]) - view[part]": "error = view[part] - decode(code[part])"},
        message="The reconstruction pushes your networks away: the loss is right, and the derivative of the squared "
        "distance by the reconstruction has the sign of reconstruction minus view.",
    ),
    # Ranking
    Mistake(
        question="ranking",
        name="divided_by_found",
        edits={"R = found if total is None else total[query]": "R = found"},
        message="You divide by the relevant items in the list. Those that it does not contain are missed, and should "
        "cost: `total` says how many there are.",
    ),
    Mistake(
        question="ranking",
        name="divided_by_items",
        edits={
            "R = found if total is None else total[query]": (
                "R = len(values) if total is None or total[query] > 0 else 0"
            )
        },
        message="You divide by the length of the list. AP is a mean over relevant items: a perfect list has 1.",
    ),
    Mistake(
        question="ranking",
        name="order_of_the_file",
        edits={
            "for value in np.unique(values)[::-1]:": 'for item in np.argsort(-values, kind="stable"):',
            "n, r = int((values == value).sum()), int(hits[values == value].sum())": "n, r = 1, int(hits[item])",
        },
        message="Among equal scores your order is that of the file. Put the relevant items first in the file and the "
        "number goes up, with the same scores.",
    ),
    Mistake(
        question="ranking",
        name="relevant_first",
        edits={
            "for value in np.unique(values)[::-1]:": "for item in np.lexsort((~hits, -values)):",
            "n, r = int((values == value).sum()), int(hits[values == value].sum())": "n, r = 1, int(hits[item])",
        },
        message="Among equal scores you put the relevant items first: the best of all orders, not their mean. A "
        "constant score is a perfect list for you.",
    ),
    Mistake(
        question="ranking",
        name="enter_together",
        edits={"(r / n * (found + 1 + before) / (seen + i)).sum()": "r * (found + r) / (seen + n)"},
        message="All items of a tie get the precision at its end, which is how the lecture does it. Here it is the "
        "mean over their orders: some of them stand earlier.",
    ),
    Mistake(
        question="ranking",
        name="mean_precision_of_tie",
        edits={"before = (i - 1) * (r - 1) / max(n - 1, 1)": "before = i * r / n - 1"},
        message="You multiply the chance that a place is relevant by the mean precision there. They are not "
        "independent: an item that is relevant counts itself, and leaves r - 1 for the others.",
    ),
    Mistake(
        question="ranking",
        name="worst_first",
        edits={"np.unique(values)[::-1]": "np.unique(values)"},
        message="Your list begins with the worst score.",
    ),
    Mistake(
        question="ranking",
        name="valid_ignored",
        edits={"values, hits = values[valid[query]], hits[valid[query]]": "pass"},
        message="Items that are not valid take places in your lists. Nothing depends on `valid`.",
    ),
    Mistake(
        question="ranking",
        name="invalid_last",
        edits={
            "values, hits = values[valid[query]], hits[valid[query]]": (
                "values = np.where(valid[query], values, -np.inf)"
            )
        },
        message="You send items that are not valid to the end of the list. There they still count when they are "
        "marked relevant, and the query itself always is.",
    ),
    Mistake(
        question="ranking",
        name="zero_for_no_answer",
        edits={"if R > 0 else np.nan": "if R > 0 else 0.0"},
        message="A query without any relevant item gets 0, and pulls MAP down although nobody could have done "
        "better. Its AP is not defined.",
    ),
    Mistake(
        question="ranking",
        name="map_is_nan",
        edits={"ap[asked].mean() if asked.any() else np.nan": "ap.mean()"},
        message="One query without a relevant item makes your MAP nan. The mean is over the others.",
    ),
    Mistake(
        question="ranking",
        name="missed_all_left_out",
        edits={"asked = ~np.isnan(ap)": "asked = ap > 0"},
        message="Queries whose relevant items were all missed are left out of MAP. Those are the worst ones, they "
        "count 0.",
    ),
    Mistake(
        question="ranking",
        name="whole_tie_at_k",
        edits={"r / n * min(n, max(k - seen, 0)) / k": "(r if seen < k else 0) / k"},
        message="A tie that is cut at k counts with all its relevant items. Only k - s of its places are before the "
        "cut.",
    ),
    Mistake(
        question="ranking",
        name="divided_by_length",
        edits={"min(n, max(k - seen, 0)) / k": "min(n, max(k - seen, 0)) / min(k, len(values))"},
        message="When the list is shorter than k you divide by its length. Then an engine that shows one item has "
        "the best precision at 10 of all.",
    ),
]

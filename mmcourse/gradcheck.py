"""Check a gradient you wrote: the check of lecture 03, under a name that is easy to find.

>>> import numpy as np
>>> gradient_check(lambda x: np.sum(np.sin(x)), np.cos, np.linspace(0, 3, 50), np.random.default_rng(0)).passed
True
"""

from mmcourse.foundations.gradients import GradientCheck, gradient_check, numerical_gradient, numerical_jacobian

__all__ = ["GradientCheck", "gradient_check", "numerical_gradient", "numerical_jacobian"]

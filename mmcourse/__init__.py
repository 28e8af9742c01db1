"""A course on deep learning for language, vision, sound and time, to be read from top to bottom.

One lecture is one concept module, grouped in the five parts of the course. A module imports only what an earlier
lecture has taught, so the import graph is the order of teaching. Importing this package loads neither torch nor any
lecture: ``from mmcourse.optimization.momentum import momentum`` takes just what it names.
"""

__version__ = "0.1.0"

"""The grader of mmcourse: releases assignments, runs students' code in a sandbox, and records what it earned.

The commands are in `autograder.cli`, and ``autograder --help`` lists them. Hidden tests lie in `autograder/hidden`,
which is part of the repository and of no installed package.
"""

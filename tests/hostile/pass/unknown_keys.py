"""unknown schema keys

Hands in keys, cell types, outputs and versions of nbgrader's schema that nobody knows.
"""

from tests.hostile.specimen import place, write


def submit(folder, notebook):
    notebook |= {"signature": "x", "hostile": {"deep": [1, 2]}}
    for cell in notebook["cells"]:
        cell |= {"mood": "good", "attachments": 7}
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"schema_version": 99, "colour": "red"}
    notebook["cells"].append({"cell_type": "hologram", "id": "x y", "metadata": {}, "source": "?"})
    notebook["cells"][place(notebook, "scale")]["outputs"] = [{"output_type": "smell", "data": 3}]
    write(folder, notebook)

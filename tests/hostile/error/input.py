"""input()

Asks the student something and waits for the answer.
"""

# %%
name = input("Your name? ")


# %% scale
def scale(x, factor):
    return x * float(input("By how much? "))

"""When what is told to stop is told so twice."""

# One wish to stop may come twice at once: 'timeout' tells the whole group too, and make passes on
# what it was told.
SAME_WISH_SECONDS = 0.5

"""Where the chapter is wrong, computed: python errata.py."""

from clearprop import chapter

print(chapter.item("errata"))

def page_of(c): return ""
def framed(c): return ""

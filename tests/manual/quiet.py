"""stub"""
def tests(program):
    return []

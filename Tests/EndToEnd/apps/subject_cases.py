"""An application that fails twice when its answer is whole: after its last block, and in close()."""


class Body:
    def __init__(self, path):
        self.path = path
        self.blocks = iter([b"whole"])

    def __iter__(self):
        return self

    def __next__(self):
        for block in self.blocks:
            return block
        raise ValueError(self.path)

    def close(self):
        raise ValueError(self.path)


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return Body(environ["PATH_INFO"])

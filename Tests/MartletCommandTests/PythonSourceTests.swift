import Testing

@testable import MartletCommand

@Suite struct PythonSourceTests {
    private typealias Name = PythonSource.Name

    @Test(
        arguments: [
            ("app = Flask(__name__)", [("app", 1, .call("Flask"))]),
            ("import flask\n\napp = flask.Flask(__name__)\n", [("app", 3, .call("flask.Flask"))]),
            ("app: Flask = Flask(__name__)", [("app", 1, .call("Flask"))]),
            ("app = application = Flask(__name__)", [("app", 1, .call("Flask")), ("application", 1, .call("Flask"))]),
            ("app = Flask(\n    __name__,\n    static_folder=None,\n)\nx = 1", [("app", 1, .call("Flask"))]),
            ("app = \\\n  Flask(__name__)  # the app", [("app", 1, .call("Flask"))]),
            ("application = app", [("application", 1, .alias("app"))]),
            (
                "def create_app(test_config=None):\n    app = Flask(__name__)\n",
                [("create_app", 1, .function(parameters: 1, required: 0))]
            ),
            (
                "def create_app(config, *, debug=False, **more) -> Flask:",
                [("create_app", 1, .function(parameters: 2, required: 1))]
            ),
            ("def f(a: dict[str, int] = {}, b=(1, 2)): pass", [("f", 1, .function(parameters: 2, required: 0))]),
            ("from shop import app as application, db", [("application", 1, .imported), ("db", 1, .imported)]),
            ("from .shop import (\n    app,\n    db,\n)", [("app", 1, .imported), ("db", 1, .imported)]),
            ("'''\napp = Flask()\n'''\napp = Bottle()", [("app", 4, .call("Bottle"))]),
            ("text = \"\"\"app = Flask()\"\"\"\n", []),
            ("x = 'it\\'s # no comment'\napp = Flask()", [("app", 2, .call("Flask"))]),
            (
                "if DEBUG:\n    app = Flask(__name__)\nelse:\n    app = Flask('x')\n",
                [("app", 2, .call("Flask")), ("app", 4, .call("Flask"))]
            ),
            (
                "try:\n  if x:\n    app = Flask()\nfinally:\n  y = z\n",
                [("app", 3, .call("Flask")), ("y", 5, .alias("z"))]
            ),
            ("from flask import Flask; app = Flask(__name__)", [("Flask", 1, .imported), ("app", 1, .call("Flask"))]),
            (
                "if x:\n    y = z; app = Flask()\napp2 = Flask()",
                [
                    ("y", 2, .alias("z")), ("app", 2, .call("Flask")), ("app2", 3, .call("Flask")),
                ]
            ),
            ("async def app(scope, receive, send):\n    app = Flask()", [("app", 1, .coroutine(parameters: 3))]),
            ("x = 'a;b'; y = z", [("y", 1, .alias("z"))]),
            // None of these is a name of the module that can be served.
            ("if __name__ == '__main__':\n    app = Flask(__name__)", []),
            ("class A:\n    app = Flask(__name__)\n    if x:\n        app = Flask()", []),
            ("for x in y:\n    app = Flask()", []),
            ("else: app = Flask(__name__)", []),
            ("# app = Flask(__name__)", []),
            ("app == Flask(__name__)", []),
            ("app += Flask(__name__)", []),
            ("app.wsgi_app = ProxyFix(app.wsgi_app)", []),
            ("app[0] = Flask()", []),
            ("app, db = make()", []),
            ("app = 1 + 2", []),
            ("(((((((((", []),
            ("\"\"\"", []),
            ("'", []),
            ("\\", []),
            ("", []),
        ] as [(String, [(String, Int, PythonSource.Origin)])]
    )
    func readsNames(text: String, names: [(String, Int, PythonSource.Origin)]) {
        let expected = names.map { Name(name: $0.0, line: $0.1, origin: $0.2) }
        #expect(PythonSource(text).names == expected)
        #expect(PythonSource(text.replacing("\n", with: "\r\n")).names == expected)
    }

    @Test(
        arguments: [
            ("def main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')", "shop.settings"),
            ("os.environ.setdefault(\n    \"DJANGO_SETTINGS_MODULE\",\n    \"a.b.c\",\n)", "a.b.c"),
            ("os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'", "shop.settings"),
            ("# os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'", nil),
            ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', os.environ['OTHER'])", nil),
            ("print('DJANGO_SETTINGS_MODULE')", nil),
        ] as [(String, String?)]
    )
    func findsDjangosSettings(text: String, module: String?) {
        #expect(PythonSource(text).settingsModule == module)
    }

    /// What is cut off anywhere, and what has another byte anywhere, is read without an end of the program.
    @Test func readsEverything() {
        let text = """
            '''a'''
            from a import (b,
             c)
            def f(a, *, b=[1]): pass
            x: T = y = z.A(
            1) # c
            os.environ['DJANGO_SETTINGS_MODULE'] = "a.b"

            """
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            _ = PythonSource(String(decoding: bytes[..<index], as: UTF8.self))
            for byte in Array("'\"\\()[]#=,.\n \0".utf8) + [0xFF] {
                var changed = bytes
                changed[index] = byte
                for name in PythonSource(String(decoding: changed, as: UTF8.self)).names {
                    #expect(!name.name.contains(" ") && name.line > 0)
                }
            }
        }
    }

    @Test(
        arguments: [
            ("class A:\n    def __call__(self, environ, start_response):\n        pass\n", ["A"]),
            ("class A(B):\n    x = 1\n    def __call__(self, a, b): pass\nclass C: pass", ["A"]),
            ("class A:\n    def __call__(self, request): pass", []),
            ("class A:\n    def call(self, environ, start_response): pass", []),
        ] as [(String, Set<String>)]
    )
    func findsClassesWhoseInstancesAreCalled(text: String, classes: Set<String>) {
        #expect(PythonSource(text).callableClasses == classes)
    }

    @Test func keepsTexts() {
        let source = PythonSource("WSGI_APPLICATION = 'shop.wsgi.application'\nDEBUG = True\nA = 'x' + 'y'\n")
        #expect(source.texts == ["WSGI_APPLICATION": "shop.wsgi.application"])
    }
}

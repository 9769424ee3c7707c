import Testing

@testable import MartletCommand

@Suite struct FolderFindingsTests {
    private static let flask = "from flask import Flask\napp = Flask(__name__)\n"
    private static let factory = "from flask import Flask\ndef create_app(config=None):\n    return Flask(__name__)\n"

    private func commands(_ files: [String: String], flaskApp: String? = nil) -> [String] {
        FolderFindings.all(in: FolderContents(files), flaskApp: flaskApp).compactMap(\.command)
    }

    @Test func theLikeliestIsFirst() {
        #expect(
            commands(["zebra.py": Self.flask, "main.py": Self.flask, "app.py": Self.flask, "wsgi.py": Self.flask]) == [
                "martlet run wsgi:app", "martlet run app:app", "martlet run main:app", "martlet run zebra:app",
            ]
        )
        #expect(
            commands(["zebra.py": Self.flask, "shop/__init__.py": Self.factory, "src/other/__init__.py": Self.factory])
                == [
                    "martlet run 'shop:create_app()'", "martlet run 'other:create_app()' --chdir src",
                    "martlet run zebra:app",
                ]
        )
        #expect(
            commands(["app.py": Self.flask + "server = app\napplication = Flask(__name__)\n"]) == [
                "martlet run app:app", "martlet run app:application",
            ]
        )
    }

    @Test(arguments: [
        ("flask_app = Flask()\nweb = DispatcherMiddleware(flask_app, {})", "martlet run a:web"),
        ("app = Flask()\nwrapped = ProxyFix(app)\nouter = WhiteNoise(wrapped)", "martlet run a:outer"),
        ("admin = Flask()\napp = Flask()\napp.wsgi_app = ProxyFix(app.wsgi_app)", "martlet run a:app"),
        ("beta = Flask()\nalpha = Flask()", "martlet run a:beta"),
        ("alpha = Flask()\napi = Flask()", "martlet run a:api"),
        ("api = Flask()\napplication = Flask()", "martlet run a:application"),
    ])
    func ofSeveralInOneModule(text: String, first: String) {
        #expect(commands(["a.py": text]).first == first)
    }

    @Test(
        arguments: [
            ("app.v2.py", "martlet run app.v2.py:app"), ("-app.py", "martlet run ./-app.py:app"),
            ("-dash/app.py", "martlet run app:app --chdir ./-dash"), ("flask.py", nil), ("email.py", nil),
            ("back/email.py", nil),
        ] as [(String, String?)]
    )
    func namesThatNeedCare(file: String, command: String?) {
        #expect(commands([file: Self.flask]).first == command)
        let hints = FolderFindings.all(in: FolderContents([file: Self.flask])).filter { $0.command == nil }
        #expect(hints.contains { $0.note.contains("give it another name") } == (command == nil))
    }

    @Test func flaskAppIsAsked() {
        let files = ["app.py": Self.flask, "other.py": Self.flask, "src/shop/__init__.py": Self.factory]
        for (variable, first) in [
            ("other", "martlet run other:app"), ("other.py", "martlet run other:app"),
            ("other:app", "martlet run other:app"),
            ("src/shop", "martlet run 'shop:create_app()' --chdir src"), ("nothing", "martlet run app:app"),
            ("", "martlet run app:app"),
        ] {
            #expect(commands(files, flaskApp: variable).first == first, "\(variable)")
        }
    }

    @Test func djangoIsFoundByItsManager() {
        let manage =
            "import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.local')\n"
        let wsgi = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
        var files = [
            "manage.py": manage, "config/__init__.py": "", "config/wsgi.py": wsgi, "config/settings/__init__.py": "",
            "config/settings/local.py": "", "app.py": Self.flask,
        ]
        #expect(commands(files) == ["martlet run config.wsgi:application", "martlet run app:app"])
        files["config/settings/local.py"] = "WSGI_APPLICATION = 'config.entry.app'\n"
        files["config/entry.py"] = ""
        #expect(commands(files).first == "martlet run config.entry:app")
        let below = Dictionary(uniqueKeysWithValues: files.map { ("backend/" + $0.key, $0.value) })
        #expect(commands(below).first == "martlet run config.entry:app --chdir backend")
    }

    @Test(arguments: [
        ("from bottle import Bottle\napp = Bottle()", "martlet run a:app"),
        ("import falcon\napp = falcon.App()", "martlet run a:app"),
        ("from dash import Dash\napp = Dash(__name__)", "martlet run a:app.server"),
        ("app = config.make_wsgi_app()", "martlet run a:app"),
        ("app = ProxyFix(create_app())", "martlet run a:app"),
        ("app = create_app()", "martlet run a:app"),
        ("def app(environ, start_response): pass", "martlet run a:app"),
        ("class A:\n    def __call__(self, environ, start_response): pass\nsite = A()", "martlet run a:site"),
        ("if x:\n    app = Flask()\nelse:\n    app = Flask(1)", "martlet run a:app"),
    ])
    func otherFrameworks(text: String, command: String) {
        #expect(commands(["a.py": text]) == [command])
    }

    @Test(arguments: [
        "app = Celery('shop')", "app = typer.Typer()", "app = FastAPI()", "app = tornado.web.Application()",
        "def app(): pass", "async def app(scope, receive, send): pass",
        "app = falcon.asgi.App()", "app = None", "from other import app",
    ])
    func whatIsNoApplication(text: String) {
        #expect(commands(["a.py": text]) == [])
    }

    @Test func filesOfToolsAreLeftOut() {
        #expect(commands(["conftest.py": Self.flask, "test_app.py": Self.flask, "setup.py": Self.flask]) == [])
    }

    @Test func wordsAreQuotedForTheShell() {
        #expect(ShellWord.quoted("shop.wsgi:app") == "shop.wsgi:app")
        #expect(ShellWord.quoted("shop:create_app()") == "'shop:create_app()'")
        #expect(ShellWord.quoted("it's") == "'it'\\''s'")
        #expect(ShellWord.quoted("") == "''")
        #expect(ShellWord.quoted("a\u{1B}'\u{85}") == "$'a\\x1b\\'\\xc2\\x85'")
    }

    @Test func aManifestNamesItsProgram() {
        let manifest =
            "let p = Package(dependencies: [.package(path: \"../martlet\")], targets: [.executableTarget(\n name: \"shop\",)])"
        #expect(
            FolderFindings.all(in: FolderContents(["Package.swift": manifest])).first?.subject
                == .package(product: "shop")
        )
    }
}

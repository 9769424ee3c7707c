import MartletServer
import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct ApplicationNameTests {
    @Test(
        arguments: [
            ("hello:app", .module("hello"), "app"),
            ("hello", .module("hello"), nil),
            ("shop.wsgi:application", .module("shop.wsgi"), "application"),
            ("shop:create_app()", .module("shop"), "create_app()"),
            ("shop:create_app('a:b', debug=True)", .module("shop"), "create_app('a:b', debug=True)"),
            ("hello:site.app", .module("hello"), "site.app"),
            ("hello.py", .file("hello.py"), nil),
            ("./src/hello.py:app", .file("./src/hello.py"), "app"),
            ("größe:app", .module("größe"), "app"),
        ] as [(String, ApplicationName.Source, String?)]
    )
    func readsEveryForm(text: String, source: ApplicationName.Source, attribute: String?) throws {
        let name = try ApplicationName(parsing: text)
        #expect(name.source == source)
        #expect(name.attribute == attribute)
    }

    @Test(arguments: [
        ("", "a module or a file must be named, such as hello:app or hello.py"),
        (":app", "a module or a file must be named, such as hello:app or hello.py"),
        ("hello:", "nothing follows the colon; write hello:app, or hello alone"),
        ("hello:my app", "'my app' is not a name in Python; write hello:app, or hello:create_app() for a factory"),
        ("hello:a:b", "'a:b' is not a name in Python; write hello:app, or hello:create_app() for a factory"),
        (
            "hello:create_app(",
            "'create_app(' is not a name in Python; write hello:app, or hello:create_app() for a factory"
        ),
        (
            "my-app:app",
            "'my-app' is not a name that Python can import; write MODULE:NAME, such as hello:app, or the path of a file, such as ./hello.py"
        ),
    ])
    func saysWhatIsWrong(text: String, message: String) {
        #expect(throws: SettingError(description: message)) { try ApplicationName(parsing: text) }
    }

    @Test func looksAtTheFolder() throws {
        try TemporaryFolder.with(["hello.py", "shop/__init__.py", "shop/wsgi.py", "notes.txt"]) { folder in
            func complaint(_ text: String) -> String? {
                do {
                    try ApplicationName(parsing: text).check(in: folder)
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            for right in ["hello:app", "hello", "hello.py", "./hello.py:app", "shop.wsgi", "installed_elsewhere:app"] {
                #expect(complaint(right) == nil)
            }
            #expect(complaint("helo.py:app") == "there is no file \(folder)/helo.py; did you mean 'hello.py:app'?")
            #expect(complaint("other.py") == "there is no file \(folder)/other.py")
            #expect(complaint("./notes.txt") == "./notes.txt is not a Python file: its name does not end in .py")
            #expect(
                complaint("./shop")
                    == "./shop is a folder; name a file in it, such as ./shop/__init__.py, ./shop/wsgi.py"
            )
            #expect(
                complaint("hello.app") == "\(folder)/hello.py is a module, not a package; did you mean 'hello:app'?"
            )
        }
    }
}

import MartletBytes

/// Something in a folder that Martlet can serve, or can say something of.
struct Finding: Equatable {
    /// What answers.
    enum Subject: Equatable {
        case python(PythonChoice)
        /// A folder of files.
        case files(String)
        /// A Swift package; its program, where the manifest names one.
        case package(product: String?)
        /// martlet.toml, or [tool.martlet] of pyproject.toml.
        case site
        /// The configuration of another server; its application, where the file may not name one.
        case translation(file: String, application: String?)
        case scripts(String)
        /// A folder of PHP, which php-fpm runs: what its socket is cannot be known.
        case php(String)
        /// It needs something else: nothing that is typed here serves it.
        case hint
    }

    let subject: Subject
    /// What it is and where: `Flask: app in hello.py, line 3`.
    let title: String
    /// What to know besides; empty for nothing.
    var note = ""

    /// What is typed behind `martlet`; nil for a hint.
    var arguments: [String]? {
        switch subject {
        case .python(let choice): choice.arguments
        case .files("."): ["static"]
        case .files(let folder): ["static", ShellWord.noOption(folder)]
        case .package: ["dev"]
        case .site: ["serve"]
        case .translation(let file, nil): ["import", file]
        case .translation(let file, let application?): ["import", file, "--app", application]
        case .scripts(let folder): ["cgi-bin", folder]
        case .php, .hint: nil
        }
    }

    /// What `martlet init` says of it, where it is nothing that a martlet.toml names; nil where it is.
    var remark: String? {
        switch subject {
        case .hint: "\(title): \(note)"
        case .translation: command.map { "\(title): not looked into. \($0) --output - shows it as a martlet.toml" }
        case .python, .files, .package, .site, .scripts, .php: nil
        }
    }

    /// The whole command, as it is typed into a shell.
    var command: String? { arguments.map { (["martlet"] + $0).map(ShellWord.quoted).joined(separator: " ") } }
}

/// A Python application, as `martlet run` and a file name it.
struct PythonChoice: Equatable {
    let application: String
    /// The folder to run it in, where it is not this one.
    var directory: String?
    /// Variables that it does not come without.
    var environment: [String: String] = [:]

    var arguments: [String] {
        ["run", ShellWord.noOption(application)] + (directory.map { ["--chdir", ShellWord.noOption($0)] } ?? [])
            + environment.sorted { $0.key < $1.key }.flatMap { ["--env", "\($0.key)=\($0.value)"] }
    }
}

/// A word of a command line.
enum ShellWord {
    /// The path of something that begins with a hyphen.
    static func noOption(_ path: String) -> String { path.hasPrefix("-") ? "./" + path : path }

    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:=@%+,".utf8.contains(byte)
            }
        }
        if VisibleText.hasControls(word) { return dollarQuoted(word) }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// What controls a terminal, as bash, zsh and ksh take it without its being shown.
    private static func dollarQuoted(_ word: String) -> String {
        let parts = word.unicodeScalars.map { scalar in
            if scalar == "'" || scalar == "\\" { return "\\" + String(scalar) }
            return VisibleText.isControl(scalar)
                ? String(scalar).utf8.map { "\\x" + Hex.text(UInt32($0)) }.joined() : String(scalar)
        }
        return "$'" + parts.joined() + "'"
    }
}

import ArgumentParser
import Glibc
import MartletBytes
import MartletImport
import MartletSettings

/// `martlet import FILE`: the configuration of another server, as one of Martlet's.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Translate the configuration of uWSGI or gunicorn, or a Procfile.",
        usage: "martlet import FILE [--output FILE]",
        discussion: """
            Reads uwsgi.ini (or another section of it, uwsgi.ini:shop), gunicorn.conf.py, which is not executed, or a Procfile. Writes \
            martlet.toml beside it, with the line that each setting comes from, and says what is not translated and why. \
            docs/reference/import.md has all options.

            EXAMPLES:
              martlet import uwsgi.ini && martlet check
              martlet import gunicorn.conf.py --app shop.wsgi:application
              martlet import Procfile --output -
            """
    )

    @Argument(help: ArgumentHelp("The file to translate.", valueName: "FILE"), completion: .file()) var file: String
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write; - for standard output. (default: martlet.toml beside FILE)",
            valueName: "FILE"
        ),
        completion: .file()
    )
    var output: String?
    @Option(
        name: .customLong("app"),
        help: ArgumentHelp("The application, which gunicorn's file need not name.", valueName: "APP")
    )
    var application: String?
    @Flag(help: "Write over a file that is there.") var force = false

    func run() throws {
        do {
            let (path, section) = Self.parts(of: file)
            let (folder, name) = FileSystem.split(path)
            let target = output ?? FileSystem.join(folder, "martlet.toml")
            let text = try Self.read(path)
            let place = PathPlace(
                of: Self.absolute(path),
                sharesFolder: target != "-" && FileSystem.isSameFile(folder, FileSystem.split(target).folder)
            )
            let translation = try Import.translate(
                text,
                as: try Import.kind(of: name, section: section, text),
                place: place,
                source: name,
                application: application
            )
            try Self.write(translation.text, to: target, force: force)
            let words = target == "-" ? "" : "martlet: \(target) is written. Look at it with: martlet check \(target)\n"
            StandardError.write(translation.report + words)
        } catch {
            StandardError.write("martlet: \(error)\n")
            throw ProgramExit.failure.code
        }
    }

    /// `uwsgi.ini:shop` is a section, where there is no file of that whole name.
    private static func parts(of text: String) -> (path: String, section: String?) {
        guard FileSystem.kind(of: text) == .missing, let colon = text.lastIndex(of: ":"), colon != text.startIndex
        else {
            return (text, nil)
        }
        let section = String(text[text.index(after: colon)...])
        return (String(text[..<colon]), section.isEmpty ? nil : section)
    }

    private static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func read(_ path: String) throws -> String {
        let bytes: [UInt8]
        do throws(RegularFile.Problem) {
            bytes = try RegularFile.read(path, atMost: Import.largestFile)
        } catch {
            throw Failure(description: "\(path) cannot be read: \(error).")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(description: "\(path) is not text in UTF-8.")
        }
        return text
    }

    private static func write(_ text: String, to path: String, force: Bool) throws {
        guard path != "-" else { return print(text, terminator: "") }
        do {
            try NewFile.write(text, to: path, replaces: force)
        } catch .isThere {
            throw Failure(
                description:
                    "\(path) is there already. Write over it with --force, or somewhere else with --output FILE."
            )
        } catch .other(let reason) {
            throw Failure(description: "\(path) cannot be written: \(reason).")
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}

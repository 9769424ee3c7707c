import ArgumentParser
import Glibc
import MartletBytes
import MartletSettings

/// `martlet new NAME`: a Swift package with an app in it.
struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a Swift package with an app in it.",
        usage: "martlet new NAME [options]",
        discussion: """
            The package has a page, a form, a test, and a martlet.toml. Nothing that is there is overwritten.

            EXAMPLES:
              martlet new shop
              martlet new shop --martlet ../martlet     with the Martlet of a checkout
            """
    )

    @Argument(help: ArgumentHelp("The name of the package, of its folder and of its program.", valueName: "NAME"))
    var name: String

    @Option(help: ArgumentHelp("Where Martlet is: a folder, from the new one, or a URL of git.", valueName: "place"))
    var martlet = "../martlet"

    func validate() throws {
        do throws(PackageName.Fault) { _ = try PackageName(parsing: name) } catch { throw ValidationError("\(error)") }
        guard !martlet.isEmpty,
            !martlet.utf8.contains(where: { $0 < 32 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") })
        else { throw ValidationError("'\(martlet)' is neither a folder nor a URL") }
    }

    func run() throws {
        let name = try PackageName(parsing: self.name)
        let folder = "\(name)"
        guard mkdir(folder, 0o777) == 0 else {
            let reason = errno == EEXIST ? "it is there already" : String(cString: strerror(errno))
            StandardError.write("martlet: the folder \(folder) cannot be made: \(reason)\n")
            throw ProgramExit.failure.code
        }
        for file in PackageFiles(name: name, martlet: martlet).all {
            try Self.write(file.text, to: FileSystem.join(folder, file.path))
        }
        print(
            """
            \(folder) has an app in it. Next:

              cd \(folder)
              martlet dev
            """
        )
        if !martlet.contains("://"),
            FileSystem.kind(of: FileSystem.join(FileSystem.join(folder, martlet), "Package.swift")) != .file
        {
            StandardError.write(
                "martlet: there is no checkout of Martlet at \(FileSystem.join(folder, martlet)); write its place into \(folder)/Package.swift.\n"
            )
        }
    }

    private static func write(_ text: String, to path: String) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += folder.isEmpty ? String(part) : "/\(part)"
            _ = mkdir(folder, 0o777)
        }
        do {
            try NewFile.write(text, to: path)
        } catch {
            StandardError.write("martlet: \(path) cannot be written: \(error)\n")
            throw ProgramExit.failure.code
        }
    }
}

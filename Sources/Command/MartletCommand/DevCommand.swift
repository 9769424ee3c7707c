import ArgumentParser
import MartletFolders
import MartletGateway
import MartletServer
import MartletSettings

/// `martlet dev`: a Swift package, built and served anew on each change, until TERM or INT.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Build and serve a Swift package, again on each change.",
        usage: "martlet dev [PACKAGE] [options]",
        discussion: """
            The server keeps its address and its connections. While the program is built, requests wait; what the compiler says against it is \
            shown in the browser. The app runs with MARTLET_ENV=development: it explains errors, and takes up templates as they are saved.

            EXAMPLES:
              martlet dev
              martlet dev shop --product shop --bind :8000
              martlet dev --arg --log-level --arg debug
            """
    )

    @Argument(help: ArgumentHelp("The folder of the package.", valueName: "PACKAGE"), completion: .directory)
    var package = "."

    @Option(help: ArgumentHelp("The program of the package, where it has several.", valueName: "name"))
    var product: String?

    @Option(
        name: .customLong("arg"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An argument for the program; may be given several times.", valueName: "text")
    )
    var arguments: [String] = []

    @OptionGroup(title: "Application") var folders: StaticFlag
    @OptionGroup var server: ServerFlags
    @OptionGroup(title: "Development") var development: DevelopmentFlag

    func validate() throws {
        try development.check(beside: server)
        guard FileSystem.kind(of: FileSystem.join(package, "Package.swift")) == .file else {
            throw ValidationError(
                "\(package == "." ? "This folder" : package) has no Package.swift. 'martlet new NAME' makes a package."
            )
        }
    }

    func run() async throws {
        let product: String
        do {
            product = try self.product ?? PackageProducts.only(of: package)
        } catch {
            throw ValidationError("\(error)")
        }
        var swift = SwiftConfiguration()
        swift.program = FolderRoot.absolute(FileSystem.join(package, ".build/debug/\(product)"))
        swift.arguments = arguments
        swift.directory = package
        swift.environment = ["MARTLET_ENV": "development"]
        swift.build = SwiftBuild(package: package, product: product)
        let site = Site(
            server: server.configuration,
            log: server.log,
            defaultHost: Host(routes: [Route(path: .root, target: .swift(swift))] + folders.routes),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
        try await site.serve(as: product)
    }
}

import FoundationEssentials
import MartletProcesses
import MartletSettings

/// The programs of a Swift package.
enum PackageProducts {
    private struct Manifest: Decodable {
        struct Target: Decodable {
            let name: String
            let type: String
        }

        let targets: [Target]
    }

    /// What is wrong with the choice.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Swift reads a manifest in about a second, and compiles it the first time.
    private static let limit = Duration.seconds(120)
    /// That of a large package has some tens of kilobytes.
    private static let longest = 4 << 20

    /// - Throws: ``Fault`` where there is none, or more than one.
    static func only(of package: String) throws(Fault) -> String {
        let words = ["package", "--package-path", package, "dump-package"]
        let places = ProgramSearch.places(of: "swift", in: ChildIdentity(user: nil, variables: [:]).path)
        guard let path = places.first(where: FileSystem.isExecutable) else {
            throw Fault(description: "There is no 'swift' on the PATH. Install Swift 6.2 or later from swift.org.")
        }
        guard case .printed(let text) = ChildProcess.output(of: path, words, atMost: longest, within: limit) else {
            throw Fault(description: "'swift package dump-package' fails in \(package); run it there to see why")
        }
        return try choose(from: text, of: package)
    }

    static func choose(from json: String, of package: String) throws(Fault) -> String {
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(json.utf8)) else {
            throw Fault(description: "what 'swift package dump-package' prints in \(package) cannot be read")
        }
        let programs = manifest.targets.filter { $0.type == "executable" }.map(\.name)
        guard let first = programs.first else {
            throw Fault(description: "the package in \(package) has no executable target, so there is nothing to run")
        }
        guard programs.count == 1 else {
            throw Fault(
                description:
                    "the package in \(package) has several programs: \(programs.joined(separator: ", ")). Say which one with --product"
            )
        }
        return first
    }
}

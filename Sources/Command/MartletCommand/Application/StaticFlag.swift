import ArgumentParser
import MartletFiles
import MartletGateway
import MartletServer
import MartletSettings

/// `--static URL=DIR`: folders that are served beside an application.
struct StaticFlag: ParsableArguments {
    @Option(
        name: .customLong("static"),
        help: ArgumentHelp(
            "A folder of files that is served below a path, without the app; may be given several times.",
            valueName: "path=folder"
        ),
        transform: StaticFolder.init(parsing:)
    )
    var folders: [StaticFolder] = []

    func validate() throws {
        for (index, folder) in folders.enumerated() {
            if folders[..<index].contains(where: { $0.path == folder.path }) {
                throw ValidationError("--static gives the path \(folder.path) two folders")
            }
        }
    }

    var routes: [Route] {
        folders.map { Route(path: $0.path, target: .files(FilesConfiguration(root: $0.folder))) }
    }
}

/// A folder and the path below which it is served.
struct StaticFolder: Sendable {
    let path: MountPath
    let folder: String

    init(parsing text: String) throws {
        guard let sign = text.firstIndex(of: "=") else {
            throw SettingError(description: "it is written PATH=FOLDER, such as /static=./static")
        }
        path = try MountPath(parsing: String(text[..<sign]))
        guard path.depth > 0 else {
            throw SettingError(description: "the whole site is the app's; write a path below it, such as /static")
        }
        folder = try FileSystem.existingFolder(String(text[text.index(after: sign)...]))
    }
}

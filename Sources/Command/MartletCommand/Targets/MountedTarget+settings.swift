import MartletBytes
import MartletCGIScripts
import MartletFiles
import MartletProxy
package import MartletServer
import MartletWSGI

/// Targets that a Swift program names: what the key of a route says in a file, and further settings by the names that they have there.
extension MountedTarget {
    /// - Parameter settings: such as `workers` and `4`.
    /// - Throws: ``SettingError`` for a setting that is not there, and for a value that it does not take.
    package static func wsgi(_ application: String, _ settings: [(String, String)]) throws(SettingError)
        -> MountedTarget
    {
        MountedTarget(.wsgi(try read(application, settings)))
    }

    package static func files(_ folder: String, _ settings: [(String, String)]) throws(SettingError) -> MountedTarget {
        MountedTarget(.files(try read(folder, settings)))
    }

    package static func scripts(_ path: String, _ settings: [(String, String)]) throws(SettingError) -> MountedTarget {
        MountedTarget(.cgi(try read(path, settings)))
    }

    package static func proxy(_ upstream: String, _ settings: [(String, String)]) throws(SettingError) -> MountedTarget
    {
        MountedTarget(.proxy(try read(upstream, settings)))
    }

    /// - Parameter first: the value of the first setting, which names the target.
    private static func read<Root: Configurable>(
        _ first: String,
        _ settings: [(String, String)]
    ) throws(SettingError) -> Root {
        var changes: [SettingChange<Root>] = []
        if let row = Root.settings.first { changes.append(try row.change(parsing: first)) }
        for (name, text) in settings {
            guard let row = Root.settings.dropFirst().first(where: { $0.key == name }) else {
                let near = NearMatch.closest(to: name, among: Root.settings.map(\.key).sorted())
                throw SettingError(
                    description: "there is no setting '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
                )
            }
            do throws(SettingError) {
                changes.append(try row.change(parsing: text))
            } catch {
                throw SettingError(description: "\(name) = '\(text)': \(error)")
            }
        }
        if let (index, conflict) = changes.conflict() {
            switch conflict {
            case .twice(let value, _): throw SettingError(description: "\(changes[index].key) \(value) is given twice")
            case .notAlone(let word): throw SettingError(description: "\(changes[index].key) \(word) stands alone")
            }
        }
        var root = Root.defaults
        changes.apply(to: &root)
        return root
    }
}

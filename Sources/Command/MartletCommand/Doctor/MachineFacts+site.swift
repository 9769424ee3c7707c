import Glibc
import MartletGateway
import MartletServer
import MartletSettings
import MartletWSGI

/// What a site asks of a machine.
extension MachineFacts {
    /// - Parameter file: a configuration, or a folder to find it in; nil for the current folder.
    init(of file: String?) {
        self.init()
        gatherSystem()
        let (site, configuration) = Self.site(file)
        self.configuration = configuration
        addresses = Self.addresses(of: site)
        let applications = site.routes.compactMap { if case .wsgi(let python) = $0.target { python } else { nil } }
        pythons = applications.map { Self.python(of: $0, isOneOfSeveral: configuration != .none) }
        memory.workers = applications.map(\.workers).reduce(0, +)
        files = NamedFiles(site).all
    }

    /// Without a file it is that of what is in the folder.
    private static func site(_ path: String?) -> (Site, Configuration) {
        do throws(ConfigurationError) {
            let file = try ConfigurationFile(at: path)
            do throws(ConfigurationError) {
                // Its addresses have a check of their own.
                return (try SiteCheck(file, asksForAddresses: false).prepared.site, .right(file.text.name))
            } catch {
                // What is right in it says the rest.
                return ((try? file.examine())?.0 ?? Site(), .wrong(file.text.name, error.first))
            }
        } catch {
            let folder = path ?? "."
            guard FileSystem.kind(of: folder) == .folder, !FileSystem.names(in: folder).contains("martlet.toml") else {
                return (Site(), .wrong(folder, error.first))
            }
            return (usual(in: folder), .none)
        }
    }

    /// What `martlet run` would serve here.
    private static func usual(in folder: String) -> Site {
        var python = PythonConfiguration.defaults
        python.application = "a Python application"
        python.directory = folder
        for finding in FolderFindings.all(in: folder) {
            guard case .python(let choice) = finding.subject else { continue }
            python.application = choice.application
            python.directory = FileSystem.join(folder, choice.directory ?? ".")
            break
        }
        python.names = .keys
        return Site(defaultHost: Host(routes: [Route(path: .root, target: .wsgi(python))]))
    }

    private static func addresses(of site: Site) -> [Address] {
        var server = site.server
        server.listen(at: [])
        return server.addresses.map { address in
            var port: Int?
            if case .tcp(_, let number) = address.address { port = number }
            let state: Address.State =
                switch AddressCheck.trouble(at: address.address) {
                case nil: .free
                case .inUse(let holder?) where AddressChecks.serves(holder.pid, site): .own
                case .inUse(let holder): .inUse(by: holder.map { "process \($0.pid) (\($0.command))" })
                // Whether this user may listen there is judged by the number of the port.
                case .forbidden where port != nil: .free
                case .forbidden(let reason), .impossible(let reason): .impossible(reason)
                }
            return Address(text: "\(address)", port: port, state: state)
        }
    }

    private static func python(of configuration: PythonConfiguration, isOneOfSeveral: Bool) -> Python {
        do throws(InterpreterError) {
            let interpreter = try Interpreter.find(configuration, isOneOfSeveral: isOneOfSeveral)
            let fit = WorkerLibraryFit(interpreter)
            return Python(
                application: configuration.application,
                state: .found(
                    version: interpreter.version,
                    path: interpreter.path,
                    reason: interpreter.reason,
                    isEnvironment: fit.isEnvironment
                ),
                libraryProblem: fit.problem
            )
        } catch {
            return Python(application: configuration.application, state: .missing(error.text(configuration.names)))
        }
    }
}

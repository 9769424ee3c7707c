import MartletCGIScripts
import MartletFiles
import MartletProxy
import MartletWSGI

/// What answers the requests of a route.
enum Target: Sendable {
    /// A Python application.
    case wsgi(PythonConfiguration)
    /// A folder.
    case files(FilesConfiguration)
    /// CGI scripts: a folder of them, or one.
    case cgi(ScriptsConfiguration)
    /// Another place.
    case redirect(RedirectConfiguration)
    /// Always the same.
    case respond(FixedResponse)
    /// Other servers.
    case proxy(ProxyConfiguration)
    /// A program that is an application itself.
    case swift(SwiftConfiguration)
    /// An application of this program itself.
    case own(OwnApplication)

    /// What people call it: `hello:app`.
    var name: String {
        switch self {
        case .wsgi(let python): python.application
        case .files(let files): "files of \(files.root)"
        case .cgi(let scripts): "CGI scripts of \(scripts.path)"
        case .redirect(let redirect): "redirect to \(redirect.location)"
        case .respond(let response): "respond with \(response.status)"
        case .proxy(let proxy): "proxy to \(proxy.upstreams.map(\.name).joined(separator: ", "))"
        case .swift(let swift): swift.name
        case .own(let own): own.name
        }
    }

    /// Whether paths are read by a server that may resolve what is in them.
    var passesPathsOn: Bool {
        switch self {
        case .proxy: true
        case .wsgi, .files, .cgi, .redirect, .respond, .swift, .own: false
        }
    }

    /// Whether it may answer by naming another path of its host.
    var hasLocalRedirects: Bool {
        switch self {
        case .cgi: true
        case .proxy(let proxy): proxy.hasLocalRedirects
        case .own(let own): own.parts.contains(where: \.target.hasLocalRedirects)
        case .wsgi, .files, .redirect, .respond, .swift: false
        }
    }

    /// Looks whether what it needs is there. Nothing is started.
    ///
    /// - Parameter isOneOfSeveral: whether the site has other targets.
    func prepare(isOneOfSeveral: Bool) throws(TargetProblem) -> any PreparedTarget {
        switch self {
        case .wsgi(let python): try PythonTarget(python, isOneOfSeveral: isOneOfSeveral)
        case .files(let files): try FilesTarget(files)
        case .cgi(let scripts): try ScriptsTarget(scripts)
        case .redirect(let redirect): redirect
        case .respond(let response): response
        case .proxy(let proxy): try ProxyTarget(proxy)
        case .swift(let swift): try SwiftTarget(swift)
        case .own(let own): try OwnTarget(own)
        }
    }
}

/// Why a target cannot be served, and which setting would put it right.
struct TargetProblem: Error, CustomStringConvertible {
    let key: String
    let description: String
}

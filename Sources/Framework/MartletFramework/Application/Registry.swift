internal import HTTPTypes
internal import Logging
internal import MartletGateway
internal import MartletTemplates
internal import Synchronization

/// The store behind ``Scaffold``. It takes registrations from any thread until the app starts.
public final class Registry: Sendable {
    struct Route: Sendable {
        let pattern: String
        /// Nil if `route` was called without methods.
        let methods: [HTTPRequest.Method]
        let name: String?
        /// Nil for a handler that takes nothing from the path.
        let types: [ParameterType]?
        let handler: Handler
        let location: SourceLocation
        /// A fault that was found at registration.
        let fault: String?
        var documentation = RouteTypes()

        /// What is wrong with the methods that a verb was given beside those of its own.
        static func fault(own: [HTTPRequest.Method]?, given: [HTTPRequest.Method]?) -> String? {
            if own != nil {
                return given == nil ? nil : "methods are given to `app.route`, a verb like `app.get` has its own"
            }
            return given?.isEmpty == false ? nil : "`app.route` needs methods: [.get, .post]"
        }
    }

    struct Mount: Sendable {
        let prefix: String
        let application: any Application
        /// What URLs below it are built by.
        let name: String?
        let location: SourceLocation
    }

    struct Contents: Sendable {
        var routes: [Route] = []
        var mounts: [Mount] = []
        var middleware: [any Middleware] = []
        var blueprints: [(Blueprint, SourceLocation)] = []
        /// Decorated routes of modules and types.
        var claims: [RouteClaim] = []
        var hooks = RequestHooks()
        var errors = ErrorHooks()
        /// Of an app; blueprints have none.
        var lifecycle: [LifecycleStep] = []
        /// Of an app.
        var crossOrigin = CrossOriginRule.usual
        /// Of an app, too.
        var templates: (loader: any TemplateLoader, options: TemplateOptions)?
    }

    private struct State {
        var contents = Contents()
        var isFrozen = false
    }

    private let state = Mutex(State())

    init() {}

    /// Registers something. After the start it is too late: the change is ignored and logged.
    func change(_ location: SourceLocation, _ change: (inout Contents) -> Void) {
        let isLate = state.withLock { state in
            if !state.isFrozen { change(&state.contents) }
            return state.isFrozen
        }
        if isLate {
            Logger(label: "martlet").error(
                "The registration at \(location) came after the app had started and is ignored. Register everything before the first request or `run()`."
            )
        }
    }

    /// Ends registration.
    func freeze() -> Contents {
        state.withLock { state in
            state.isFrozen = true
            return state.contents
        }
    }
}

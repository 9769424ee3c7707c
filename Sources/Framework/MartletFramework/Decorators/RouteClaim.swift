/// A registration of decorated routes: those of which module, or of which type.
struct RouteClaim: Sendable {
    enum Subject: Sendable, Hashable {
        /// The module that made the app. It gets what nobody else asks for.
        case ownModule(String)
        case module(String)
        case type(ObjectIdentifier)
    }

    let subject: Subject
    /// The module's or type's name.
    let name: String
    let location: SourceLocation

    init(_ subject: Subject, _ name: String, _ location: SourceLocation) {
        self.subject = subject
        self.name = name
        self.location = location
    }

    init(ownModule module: String) {
        self.init(.ownModule(module), module, SourceLocation(file: "", line: 0))
    }
}

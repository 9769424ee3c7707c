extension Scaffold {
    /// Lets nobody to what is registered here whom a guard does not know: routes, mounts and blueprints. An app's guard stands before
    /// what nothing answers as well, so that strangers do not learn which addresses there are.
    ///
    /// It is a `before` hook, and runs in the order of registration with the others.
    public func `guard`(_ guardian: some Guard, file: StaticString = #fileID, line: UInt = #line) {
        registry.change(SourceLocation(file: file, line: line)) { contents in
            contents.hooks.before.append { request in
                try await guardian.admit(&request)
                return nil
            }
        }
    }

    /// A guard for single routes: `app.guarded(by: staff).get("/report") { … }`. What is registered on the result is
    /// registered here, with the guard before it.
    public func guarded(by guardian: some Guard, file: StaticString = #fileID, line: UInt = #line) -> Blueprint {
        let part = Blueprint("")
        part.guard(guardian, file: file, line: line)
        register(part, file: file, line: line)
        return part
    }
}

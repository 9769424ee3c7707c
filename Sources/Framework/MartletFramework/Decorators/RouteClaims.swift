internal import MartletBytes

/// Which decorated routes go where: to a blueprint for their type, else to where their module is registered, else to the app that was
/// made in their module.
struct RouteClaims {
    private let all: [DecoratedRoute]
    private var types: Set<ObjectIdentifier> = []
    private var modules: Set<String> = []

    /// - Parameters:
    ///   - all: every decorated route of the program.
    ///   - contents: those of the app.
    init(of all: [DecoratedRoute], in contents: Registry.Contents) {
        self.all = all
        guard !all.isEmpty else { return }
        var seen: Set<ObjectIdentifier> = []
        note(contents, &seen)
    }

    private mutating func note(_ contents: Registry.Contents, _ seen: inout Set<ObjectIdentifier>) {
        for claim in contents.claims {
            switch claim.subject {
            case .ownModule: break
            case .module(let module): modules.insert(module)
            case .type(let type): types.insert(type)
            }
        }
        for (blueprint, _) in contents.blueprints where seen.insert(ObjectIdentifier(blueprint)).inserted {
            note(blueprint.registry.freeze(), &seen)
        }
    }

    /// The routes of a registration, in the order of their places in the source.
    func routes(of claim: RouteClaim) -> [Registry.Route] {
        var isOfType = false
        if case .type = claim.subject { isOfType = true }
        return all.filter { route in
            let isTaken = route.owner.map { types.contains($0.identifier) } ?? false
            return switch claim.subject {
            case .ownModule(let module): route.module == module && !isTaken && !modules.contains(module)
            case .module(let module): route.module == module && !isTaken
            case .type(let type): route.owner?.identifier == type
            }
        }
        .sorted { ($0.location.file, $0.location.line, $0.pattern) < ($1.location.file, $1.location.line, $1.pattern) }
        .map { $0.registered(withinOwner: isOfType) }
    }

    /// Why a registration is of nothing.
    func fault(of claim: RouteClaim) -> String? {
        switch claim.subject {
        case .ownModule: return nil
        case .type(let type):
            guard !all.contains(where: { $0.owner?.identifier == type }) else { return nil }
            return "\(claim.location): the type \(claim.name) has no decorated routes."
        case .module(let module):
            let known = Set(all.map(\.module)).sorted()
            guard !known.contains(module) else { return nil }
            let hint = NearMatch.closest(to: module, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
            let found =
                known.isEmpty
                ? "No module of this program has any." : "Modules that have some: \(known.joined(separator: ", "))."
            return "\(claim.location): the module \"\(module)\" has no decorated routes.\(hint) \(found)"
        }
    }

    /// Which modules have routes that an app without any route may have been meant to have.
    var idleModules: [String] { Set(all.map(\.module)).subtracting(modules).sorted() }
}

import MartletPolicies

/// Which fields of requests and answers are set, added and removed.
struct HeadersConfiguration: Sendable, Equatable {
    enum Preset: String, Sendable, CaseIterable {
        case none, secure
    }

    /// How long browsers use https alone.
    enum StrictTransport: Sendable, Equatable {
        /// A year with the preset, else nothing is said.
        case byPreset
        case off
        case on(Duration)
    }

    /// Rules for one side of an exchange; a field that is removed can be set again by the next.
    struct Rules: Sendable, Equatable {
        var removed: [HeaderRule] = []
        var set: [HeaderRule] = []
        var defaults: [HeaderRule] = []
        var added: [HeaderRule] = []

        var all: [HeaderRule] { removed + set + defaults + added }
    }

    var preset = Preset.none
    var strictTransport = StrictTransport.byPreset
    var includesSubdomains = false
    var preload = false
    var frames = SecurityHeaders.Frames.sameOrigin
    var response = Rules()
    var request = Rules()
    /// What is said further out, before these.
    private(set) var outer = HeaderRules()

    func check() throws(PolicyError) {
        if preset == .none, strictTransport == .byPreset, includesSubdomains || preload {
            throw PolicyError(
                "hsts-subdomains and hsts-preload say more of hsts, which is not there; write hsts = \"365d\""
            )
        }
        try security?.validate()
    }

    /// Those of a site and then those of a route: they add up.
    func within(_ outer: HeadersConfiguration) -> HeadersConfiguration {
        var sum = self
        sum.outer = outer.rules
        return sum
    }

    var rules: HeaderRules {
        var own = HeaderRules()
        own.response = response.all
        own.request = request.all
        own.security = security
        return outer.adding(own)
    }

    private var security: SecurityHeaders? {
        var security = SecurityHeaders()
        security.isWhole = preset == .secure
        security.includesSubdomains = includesSubdomains
        security.preload = preload
        security.frames = frames
        switch strictTransport {
        case .byPreset: if preset == .none { return nil }
        case .off: security.strictTransport = nil
        case .on(let time): security.strictTransport = time
        }
        return security
    }
}

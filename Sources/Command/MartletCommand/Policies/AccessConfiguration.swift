import MartletPolicies

/// Which clients may come, by their address.
struct AccessConfiguration: Sendable, Equatable {
    var allowed: [AddressRules.Peer] = []
    var denied: [AddressRules.Peer] = []
    var isDryRun = false

    var rules: AddressRules { AddressRules(allowed: allowed, denied: denied) }

    func check() throws(PolicyError) {
        if allowed.isEmpty, denied.isEmpty {
            throw PolicyError("nobody is named; write allow = [\"10.0.0.0/8\"], or deny = [\"203.0.113.7\"]")
        }
    }
}

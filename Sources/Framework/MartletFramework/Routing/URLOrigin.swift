/// What kind of URL is asked for.
struct URLOptions: Sendable {
    var anchor: String?
    var isExternal = false
}

/// Where a URL will be used: what a request knows of its own address.
struct URLOrigin: Sendable {
    var mountPath = ""
    /// The names of the blueprints that answer, each with a dot behind it.
    var blueprint = ""
    var scheme: String?
    /// Host and port.
    var authority: String?
    var parameters: PathParameters?

    /// In lower case.
    var hostName: String? { authority.map { $0.dropLast(port.count).lowercased() } }

    /// With its colon; empty if there is none.
    var port: String {
        guard let authority, let colon = authority.lastIndex(of: ":"),
            authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
        else { return "" }
        return String(authority[colon...])
    }
}

/// What a trusted proxy may say. The names are those of the parameters of `Forwarded` (RFC 7239) and of Werkzeug's
/// ProxyFix.
public struct ForwardedFields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `X-Forwarded-For`, and `for=` of `Forwarded`.
    public static let client = ForwardedFields(rawValue: 1)
    /// `X-Forwarded-Proto` and its older relatives, and `proto=` of `Forwarded`.
    public static let scheme = ForwardedFields(rawValue: 2)
    /// `X-Forwarded-Host`, and `host=` of `Forwarded`.
    public static let host = ForwardedFields(rawValue: 4)
    /// `X-Forwarded-Port`.
    public static let port = ForwardedFields(rawValue: 8)
    /// `X-Forwarded-Prefix`.
    public static let prefix = ForwardedFields(rawValue: 16)

    /// The fields that the usual configurations of proxies set, so that no client can. ProxyFix has the same defaults.
    public static let defaults: ForwardedFields = [.client, .scheme]

    private static let names: [(name: String, field: ForwardedFields)] = [
        ("for", .client), ("proto", .scheme), ("host", .host), ("port", .port), ("prefix", .prefix),
    ]

    /// Reads `for,proto,host`: one or more of the names, separated by commas.
    public init(parsing text: String) throws(ForwardedFieldsError) {
        self = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let wanted = part.drop { $0 == " " }.lowercased()
            guard let known = Self.names.first(where: { $0.name == wanted }) else {
                throw ForwardedFieldsError(text: String(part), known: Self.names.map(\.name))
            }
            insert(known.field)
        }
    }
}

extension ForwardedFields: CustomStringConvertible {
    public var description: String {
        Self.names.filter { contains($0.field) }.map(\.name).joined(separator: ",")
    }
}

/// A text that is not a name of such a field.
public struct ForwardedFieldsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let text: String
    /// The names that are allowed.
    public let known: [String]

    public var description: String {
        """
        "\(text)" is nothing that a proxy is believed. Write some of \(known.joined(separator: ", ")), with commas between; \
        to believe no proxy, let trusted-proxy be none.
        """
    }
}

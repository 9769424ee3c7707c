internal import MartletBytes

/// What of a request's fields and values is shown: not what somebody could act with.
package enum HeaderMask {
    /// The rest of a longer value tells nothing more to a person.
    private static let longest = 500

    /// The value of a field. Of cookies the names are shown, which tells whether the session came along.
    package static func shown(_ value: String, of name: String) -> String {
        switch name.lowercased() {
        case "cookie":
            return value.split(separator: ";").prefix(50).map { cookie in
                "\(cookie.prefix { $0 != "=" }.drop(while: \.isWhitespace))=\(SecretNames.replacement)"
            }
            .joined(separator: "; ")
        case "authorization", "proxy-authorization":
            let scheme = value.prefix { $0 != " " }
            return (scheme.count < value.count ? "\(scheme) " : "") + SecretNames.replacement
        default: return argument(value, of: name)
        }
    }

    /// The value of a parameter.
    package static func argument(_ value: String, of name: String) -> String {
        SecretNames.defaults.isSecret(name)
            ? SecretNames.replacement : String(SecretNames.defaults.redacted(value).prefix(longest))
    }
}

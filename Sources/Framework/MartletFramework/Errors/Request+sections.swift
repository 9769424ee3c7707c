internal import HTTPTypes
internal import MartletBytes
internal import MartletForms
internal import MartletGateway
internal import MartletPages

extension Request {
    /// What the page of development tells of a request. Values that somebody could act with are masked.
    var sections: [ErrorPage.Section] {
        var facts = [
            ErrorPage.Fact("Method", method.rawValue),
            ErrorPage.Fact("URL", "\(scheme)://\(authority ?? "")\(SecretNames.defaults.redacted(target))"),
        ]
        if !mountPath.isEmpty { facts.append(ErrorPage.Fact("Mounted at", mountPath)) }
        facts += args.pairs.prefix(Self.most).map { pair in
            ErrorPage.Fact("args[\"\(pair.name)\"]", Self.shown(pair.value, of: pair.name))
        }
        if let names = storage[FormNames.Key.self]?.names, !names.isEmpty {
            facts.append(ErrorPage.Fact("Names in the form", names.joined(separator: ", ")))
        }
        if let session = storage[RequestSession.Key.self] {
            let names = session.names
            facts.append(ErrorPage.Fact("Names in the session", names.isEmpty ? "none" : names.joined(separator: ", ")))
        }
        var lines: [ErrorPage.Fact] = []
        headers.forEach { name, value in
            lines.append(ErrorPage.Fact(name, HeaderMask.shown(value, of: name)))
        }
        return [ErrorPage.Section("Request", [.facts(facts)])]
            + (lines.isEmpty ? [] : [ErrorPage.Section("Headers", [.facts(Array(lines.prefix(Self.most)))])])
    }

    private static let most = 50
    /// The rest of a longer value tells nothing more to a person.
    private static let longest = 500

    private static func shown(_ value: String, of name: String) -> String {
        SecretNames.defaults.isSecret(name) ? SecretNames.replacement : String(value.prefix(longest))
    }
}

/// What of the fields of a request is shown: not what a client shows who it is with.
enum HeaderMask {
    static func shown(_ value: String, of name: String) -> String {
        switch name.lowercased() {
        case "cookie":
            // The names tell whether the session came along.
            value.split(separator: ";").prefix(50).map { cookie in
                "\(cookie.prefix { $0 != "=" }.drop(while: \.isWhitespace))=\(SecretNames.replacement)"
            }
            .joined(separator: "; ")
        case "authorization", "proxy-authorization":
            "\(value.prefix { $0 != " " }.count < value.count ? value.prefix { $0 != " " } + " " : "")\(SecretNames.replacement)"
        case let name where SecretNames.defaults.isSecret(name): SecretNames.replacement
        default: String(SecretNames.defaults.redacted(value).prefix(500))
        }
    }
}

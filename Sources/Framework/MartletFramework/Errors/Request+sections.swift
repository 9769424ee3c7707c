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
            ErrorPage.Fact("args[\"\(pair.name)\"]", HeaderMask.argument(pair.value, of: pair.name))
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
}

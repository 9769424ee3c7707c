import MartletACME

extension CertificateStatus {
    /// As a person reads it.
    var lines: [String] {
        var lines = ["  \(names.joined(separator: ", "))"]
        switch (issuer, expiresAt) {
        case (let issuer?, let end?):
            let renewal = renewedAt.map { ", renewed at \(MomentText.render($0))" } ?? ""
            lines.append("    from \(issuer), until \(MomentText.render(end))\(renewal)")
        default: lines.append("    self-signed, until there is one of the authority")
        }
        if isOrdering { lines.append("    being asked for") }
        if let lastError {
            lines.append("    error: \(lastError)")
            if let triedAgainAt { lines.append("    tried again at \(MomentText.render(triedAgainAt))") }
        }
        return lines
    }
}

public import MartletForms

/// How the cookie of sessions is.
public struct SessionOptions: Sendable, Hashable {
    /// Not Flask's `session`: an application in Flask may be on the same host.
    public var name = "martlet_session"
    public var path = "/"
    public var domain: String?
    public var sameSite: SetCookie.SameSite? = .lax
    /// Nil for what the request was.
    public var secure: Bool?
    /// Whether a permanent session lives on with every request, as in Flask; otherwise its lifetime begins with its last
    /// change.
    public var isRefreshed = true
    /// In seconds: 31 days, as Flask's PERMANENT_SESSION_LIFETIME. A session that is not permanent ends with the browser,
    /// and at the latest then.
    public var lifetime = 31 * 86_400

    public init() {}

    func cookie(_ value: String, isPermanent: Bool) -> SetCookie {
        SetCookie(
            name,
            value,
            path: path,
            domain: domain,
            maxAge: isPermanent ? lifetime : nil,
            secure: secure,
            sameSite: sameSite
        )
    }

    var deletion: SetCookie {
        var cookie = SetCookie.deleting(name, path: path, domain: domain)
        cookie.secure = secure
        cookie.sameSite = sameSite
        return cookie
    }

    /// Whether an answer has to bring a cookie although nothing was changed.
    func isRefreshed(_ session: Session) -> Bool { isRefreshed && session.isPermanent && !session.isNew }
}

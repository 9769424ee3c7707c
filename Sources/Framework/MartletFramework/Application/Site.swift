/// What all requests of an app share.
final class Site: Sendable {
    let storage = AppStorage()
    /// Known when registration has ended.
    let names = OnceReference<RouteNames>()
}

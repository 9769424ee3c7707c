/// Files whose change reloads a site.
struct TouchConfiguration: Sendable {
    var files: [String] = []
}

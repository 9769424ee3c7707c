import MartletPolicies

/// When a site is closed, and what visitors are told.
struct MaintenanceConfiguration: Sendable, Equatable {
    /// The site is closed while this file exists; always if nil.
    var file: String?
    var page: String?
    var retryAfter = MaintenanceMode(.on).retryAfter
    var admitted: [AddressRules.Peer] = []

    /// With the text of the page.
    ///
    /// - Throws: ``PolicyProblem``.
    func load() throws(PolicyProblem) -> MaintenanceMode {
        var mode = MaintenanceMode(file.map { .file($0) } ?? .on)
        mode.retryAfter = retryAfter
        mode.admitted = admitted
        guard let page else { return mode }
        do throws(PolicyError) {
            mode.page = ErrorPages.Page(text: try PolicyFile.text(of: page), file: page)
        } catch {
            throw PolicyProblem(key: "page", description: "\(page): \(error)")
        }
        return mode
    }
}

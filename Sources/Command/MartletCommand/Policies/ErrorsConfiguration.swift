import MartletPolicies
import MartletSettings

/// Which pages stand in the place of errors.
struct ErrorsConfiguration: Sendable, Equatable {
    /// Pages named after what they are for: `404.html`, `5xx.html`, `all.html`.
    var folder: String?
    /// Their files.
    var pages: [ErrorPages.Scope: String] = [:]
    var answersJSON = true
    var replacesApplications = false

    func check() throws(PolicyError) {
        if folder == nil, pages.isEmpty, !answersJSON {
            throw PolicyError("there is neither a page nor JSON; write pages = { 404 = \"404.html\" }")
        }
    }

    /// With the texts of the pages. Those that are named count before those of the folder.
    ///
    /// - Throws: ``PolicyProblem``.
    func load() throws(PolicyProblem) -> ErrorPages {
        var result = ErrorPages()
        result.answersJSON = answersJSON
        result.replacesApplications = replacesApplications
        if let folder {
            for (scope, file) in try files(in: folder) { result.pages[scope] = try page(file, "folder") }
        }
        for (scope, file) in pages { result.pages[scope] = try page(file, "pages") }
        return result
    }

    private func page(_ file: String, _ key: String) throws(PolicyProblem) -> ErrorPages.Page {
        do throws(PolicyError) {
            return ErrorPages.Page(text: try PolicyFile.text(of: file), file: file)
        } catch {
            throw PolicyProblem(key: key, description: "\(file): \(error)")
        }
    }

    private func files(in folder: String) throws(PolicyProblem) -> [ErrorPages.Scope: String] {
        guard FileSystem.kind(of: folder) == .folder else {
            throw PolicyProblem(key: "folder", description: "there is no folder \(folder)")
        }
        var files: [ErrorPages.Scope: String] = [:]
        for name in FileSystem.names(in: folder) {
            let parts = name.split(separator: ".")
            guard parts.count == 2, ["html", "htm", "txt", "json"].contains(parts[1]),
                let scope = try? ErrorPages.Scope(parsing: String(parts[0]))
            else { continue }
            files[scope] = FileSystem.join(folder, name)
        }
        guard !files.isEmpty else {
            throw PolicyProblem(
                key: "folder",
                description: "\(folder) has no page with a name such as 404.html, 5xx.html or all.html"
            )
        }
        return files
    }
}

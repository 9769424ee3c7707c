package import MartletControl

/// What a worker has told of its application's static folders.
package struct StaticFolders: Sendable, Hashable {
    /// No person writes an application with more. The worker has the same bounds (`static_folders.py`).
    static let mostFolders = 32
    static let mostTypes = 256

    package private(set) var folders: [StaticFolderReport] = []
    /// Content types by the end of a file's name, without its dot.
    package private(set) var types: [String: String] = [:]
    /// Why the application goes on serving some itself; nil where it has none of those.
    package private(set) var reason: String?

    package init(reason: String? = nil) { self.reason = reason }

    /// - Returns: false for more than there may be, and for what says nothing of folders.
    mutating func add(_ report: WorkerReport) -> Bool {
        switch report {
        case .staticFolder(let folder) where folders.count < Self.mostFolders: folders.append(folder)
        case .mediaType(let suffix, let type) where types.count < Self.mostTypes: types[suffix] = type
        case .keepsStatic(let reason) where self.reason == nil: self.reason = reason
        default: return false
        }
        return true
    }
}

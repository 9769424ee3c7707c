/// A folder of files that an application has.
package struct StaticFolderReport: Hashable, Sendable {
    /// The path before the names of files, percent-encoded.
    package let prefix: String
    /// Whether that is a path of the site, and not below the one that the application is mounted at.
    package let isFromRoot: Bool
    /// Whether the application answers with these files as well.
    package let hasView: Bool
    /// How long clients may keep a file without asking, in seconds.
    package let maxAge: Int
    package let folder: String

    package init(prefix: String, isFromRoot: Bool = false, hasView: Bool = true, maxAge: Int = 0, folder: String) {
        self.prefix = prefix
        self.isFromRoot = isFromRoot
        self.hasView = hasView
        self.maxAge = maxAge
        self.folder = folder
    }

    /// Of a message that has been decoded.
    init(_ values: [ControlValue]) {
        func value(_ index: Int) -> ControlValue { values.indices.contains(index) ? values[index] : .number(0) }
        prefix = value(0).text
        isFromRoot = value(1).number != 0
        hasView = value(2).number != 0
        maxAge = value(3).number
        folder = value(4).text
    }

    var values: [ControlValue] {
        [.text(prefix), .number(isFromRoot ? 1 : 0), .number(hasView ? 1 : 0), .number(maxAge), .text(folder)]
    }
}

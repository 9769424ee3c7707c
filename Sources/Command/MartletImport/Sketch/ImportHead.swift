/// The comment at the top of a file that was made of another one.
enum ImportHead {
    static func lines(of source: String, _ place: PathPlace) -> [String] {
        let paths =
            place.isShared ? "Paths are relative to the folder of this file, which is that of \(source)." : nil
        return ["Made of \(source) by martlet import; behind each line stands where it comes from."]
            + [paths].compactMap { $0 }
    }
}

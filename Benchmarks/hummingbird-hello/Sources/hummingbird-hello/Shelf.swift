import Mustache

/// The template asks each value for its parts: swift-mustache would look for them with `Mirror`, which costs more.
struct Shelf: MustacheParent {
    struct Row: MustacheParent {
        let id: Int
        let name: String
        let price: Double
        let available: Bool

        func child(named name: String) -> Any? {
            switch name {
            case "id": id
            case "name": self.name
            case "price": price
            case "available": available
            default: nil
            }
        }
    }

    let title: String
    let rows: [Row]

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "rows": rows
        default: nil
        }
    }

    static let sample = Shelf(
        title: "Nuts & bolts",
        rows: (1...20).map { number in
            Row(
                id: number,
                name: "Bolt <M\(number)> & nut",
                price: Double(number) + 0.25,
                available: !number.isMultiple(of: 4)
            )
        }
    )
}

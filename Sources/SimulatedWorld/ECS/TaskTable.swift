/// Tasks by their handles. A task that is forgotten leaves its slot to another, so a long history costs four bytes a
/// task; its handle is never used again.
struct TaskTable: Sendable {
    private var slots: [World.Task?] = []
    private var freeSlots: [Int] = []
    /// By the number of the handle; negative for a task that is forgotten.
    private var slotOfTask: [Int32] = []

    /// The handle that the next task appended must have.
    var nextID: World.Task.ID { World.Task.ID(slotOfTask.count) }

    /// In order of creation.
    var values: [World.Task] { slots.compactMap { $0 }.sorted { $0.id < $1.id } }

    subscript(id: World.Task.ID) -> World.Task? {
        get {
            let slot = Int(slotOfTask[id.number])
            return slot < 0 ? nil : slots[slot]
        }
        // Changes a task where it is; by get and set it would be copied out and in for each.
        _modify {
            let slot = Int(slotOfTask[id.number])
            if slot < 0 {
                var nothing: World.Task?
                yield &nothing
            } else {
                yield &slots[slot]
            }
        }
    }

    mutating func append(_ task: World.Task) {
        if let slot = freeSlots.popLast() {
            slots[slot] = task
            slotOfTask.append(Int32(slot))
        } else {
            slots.append(task)
            slotOfTask.append(Int32(slots.count - 1))
        }
    }

    mutating func remove(_ id: World.Task.ID) -> World.Task? {
        let slot = Int(slotOfTask[id.number])
        guard slot >= 0, let task = slots[slot] else { return nil }
        slots[slot] = nil
        freeSlots.append(slot)
        slotOfTask[id.number] = -1
        return task
    }
}

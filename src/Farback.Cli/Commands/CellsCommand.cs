using System.CommandLine;
using System.Text.Json;
using Farback.Cells;

namespace Farback.Cli.Commands;

/// <summary>farback cells: what a layer can be made of.</summary>
internal static class CellsCommand
{
    public static Command Make()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("cells", "Lists the cells with their equations, states and gates.\n\nExample: farback cells --json")
        {
            json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
            {
                var cells = AllCells.List.Select(cell => new
                {
                    cell.Name,
                    cell.Title,
                    cell.Equation,
                    cell.State,
                    Gates = cell.Gates.Select(gate => gate.Name).Where(name => name.Length > 0),
                    cell.UnitParameters,
                });
                Console.WriteLine(JsonSerializer.Serialize(cells, JsonText.Options));
                return 0;
            }
            foreach (Cell cell in AllCells.List)
            {
                string gates = string.Join(", ", cell.Gates.Select(gate => gate.Name).Where(name => name.Length > 0));
                Console.WriteLine(
                    $"{cell.Name, -18} {cell.Equation}\n{"", -18} state {string.Join(", ", cell.State)}{(gates.Length > 0 ? $"; gates {gates}" : "")}"
                );
            }
            return 0;
        });
        return command;
    }
}

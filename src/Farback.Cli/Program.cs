Console.WriteLine("farback");
